package dev.hyperfleet.bench;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Requests as bytes, built once and not each time that they are sent. */
final class Requests {
    private Requests() {}

    static byte[] get(String path, Optional<String> key) {
        return (line("GET", path) + authorization(key) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] post(String path, byte[] body, Optional<String> key) {
        String head = line("POST", path)
                + authorization(key)
                + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n".formatted(body.length);
        return (head + new String(body, StandardCharsets.US_ASCII)).getBytes(StandardCharsets.US_ASCII);
    }

    private static String line(String method, String path) {
        return "%s %s HTTP/1.1\r\nHost: localhost\r\n".formatted(method, path);
    }

    private static String authorization(Optional<String> key) {
        return key.map(token -> "Authorization: Bearer " + token + "\r\n").orElse("");
    }
}
