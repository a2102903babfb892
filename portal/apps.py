from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        import portal.celery  # noqa: PLC0415 - a page that sends a job has to know the broker
        import portal.checks  # noqa: F401, PLC0415 - registers them
        from portal.live import revoking  # noqa: PLC0415 - as models are only there now

        revoking.connect()
