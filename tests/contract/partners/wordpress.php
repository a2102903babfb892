<?php
// What a WordPress plugin does when an order is completed. Run as: wordpress.php <base URL> <e-mail> <order>

// A small stand-in for WordPress's own function.
function wp_remote_post(string $url, array $arguments): array
{
    $headers = '';
    foreach ($arguments['headers'] as $name => $value) {
        $headers .= "$name: $value\r\n";
    }
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => $headers,
        'content' => $arguments['body'],
        'timeout' => $arguments['timeout'],
        'ignore_errors' => true,
    ]]);
    $body = file_get_contents($url, false, $context);
    return ['body' => $body, 'response' => ['code' => (int) explode(' ', $http_response_header[0])[1]]];
}

function report_order(string $base_url, string $email, string $order_id): void
{
    $response = wp_remote_post("$base_url/resonance-api/manual-event", [
        'headers' => ['Content-Type' => 'application/json'],
        'body' => json_encode([
            'event' => 'place_order',
            'email' => $email,
            'metadata' => ['platform' => 'wordpress', 'order_id' => $order_id, 'total' => 89.99, 'items' => 3],
        ]),
        'timeout' => 10,
    ]);
    echo $response['body'];
    exit($response['response']['code'] === 200 ? 0 : 1);
}

report_order($argv[1], $argv[2], $argv[3]);
