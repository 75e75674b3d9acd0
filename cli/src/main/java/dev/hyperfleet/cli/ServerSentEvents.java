package dev.hyperfleet.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A response of server-sent events with JSON data (text/event-stream, WHATWG HTML 9.2). */
final class ServerSentEvents {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String DATA = "data: ";
    private static final String EVENT = "event: ";
    private static final String ERROR = "error";

    private ServerSentEvents() {}

    /** A receiver of events. */
    interface Taker {
        void take(String event, JsonNode data);
    }

    /**
     * Reads them to the end, and closes the body.
     *
     * @throws ConnectionLostException if the response is cut off, or the last event is an error
     */
    static void read(InputStream body, Taker taker) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            String event = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(EVENT)) {
                    event = line.substring(EVENT.length());
                } else if (line.startsWith(DATA)) {
                    JsonNode data = JSON.readTree(line.substring(DATA.length()));
                    if (event.equals(ERROR)) {
                        throw new ConnectionLostException(
                                data.path(ERROR).path("message").asString(""));
                    }
                    taker.take(event, data);
                }
            }
        } catch (IOException broken) {
            throw new ConnectionLostException(FailureText.ofConnection(broken));
        } catch (JacksonException notJson) {
            throw new ConnectionLostException("its response is not Hyperfleet's");
        }
    }
}
