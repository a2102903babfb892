"""The system's Chromium, without what no test looks at."""

from playwright.sync_api import Browser, Playwright

from tests.servers import require

NOT_NEEDED = [
    # Two pages of the address bar's own for each window, which take more time than most of ours, and a process
    # for a page that may come.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"),
    # Chromium takes the last list that it is given, so what Playwright switches off comes once more.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
]


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """One browser, with more arguments where a test needs them."""
    features = f"--disable-features={','.join(NOT_NEEDED)}"
    return playwright.chromium.launch(
        executable_path=require("chromium"), args=["--no-sandbox", features, *arguments]
    )
