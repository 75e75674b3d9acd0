package dev.hyperfleet.tests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Server-sent events, one after the other. */
final class EventReader implements AutoCloseable {
    private final BufferedReader lines;
    private final InputStream body;

    /** An event; its id is empty if it has none. */
    record Event(String id, String type, JsonNode data) {
        byte[] bytes() {
            String text = data.get("data").asString();
            return data.get("encoding").asString().equals("base64")
                    ? Base64.getDecoder().decode(text)
                    : text.getBytes(StandardCharsets.UTF_8);
        }
    }

    private EventReader(InputStream body) {
        this.body = body;
        this.lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    static EventReader of(HttpResponse<InputStream> response) {
        if (response.statusCode() != 200) {
            throw new AssertionError("status " + response.statusCode());
        }
        return new EventReader(response.body());
    }

    /** The next event; empty at the end. */
    Optional<Event> next() {
        String id = "";
        String type = "";
        String data = "";
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    type = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data = line.substring(6);
                } else if (line.isEmpty() && !type.isEmpty()) {
                    return Optional.of(new Event(id, type, JsonMapper.shared().readTree(data)));
                }
            }
            return Optional.empty();
        } catch (IOException cut) {
            throw new UncheckedIOException(cut);
        }
    }

    /** Reads up to the first event of this type. */
    Event await(String type) {
        for (Optional<Event> event = next(); event.isPresent(); event = next()) {
            if (event.get().type().equals(type)) {
                return event.get();
            }
        }
        throw new AssertionError("no event " + type);
    }

    @Override
    public void close() {
        try {
            body.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
