package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
class OutputRoutesTest {
    private final Client client;

    OutputRoutesTest(Shared shared) {
        this.client = shared.client();
    }

    private String start(String machine, Map<String, ?> body) {
        return machine + "/processes/"
                + expect(201, client.post(machine + "/processes", body)).field("id");
    }

    private static String body(Response answer) {
        return new String(expect(200, answer).body(), StandardCharsets.UTF_8);
    }

    @Test
    void outputIsStreamedFromAnOffset() {
        String machine = client.run("output");
        String process = start(machine, Map.of("command", List.of("echo", "printed")));
        assertThat(body(client.get(process + "/output"))).contains("event: stdout", "\"printed\\n\"", "\"exited\"");
        assertThat(body(client.get(process + "/output?offset=end&follow=false")))
                .doesNotContain("event: stdout");
    }

    @Test
    void anAttachedClientReceivesWhatIsPrinted() {
        String process = start(client.run("attached"), Map.of("command", List.of("echo", "printed")));
        Messages messages = new Messages();
        client.connect(process + "/attach", messages);
        assertThat(messages.all()).hasSize(4);
        assertThat(messages.all().getFirst()).contains("\"type\":\"process\"");
        assertThat(messages.all().get(1)).endsWith("printed\n");
        assertThat(messages.all().get(2)).contains("\"type\":\"end\"");
        assertThat(messages.all().getLast()).isEqualTo("1000");
    }

    @Test
    void anAttachedClientSendsInputToItsEnd() {
        String process = start(client.run("input"), Map.of("command", List.of("cat"), "stdin", "open"));
        Messages messages = new Messages();
        WebSocket socket = client.connect(process + "/attach", messages);
        socket.sendBinary(ByteBuffer.wrap(new byte[] {'h', 'i'}), true).join();
        socket.sendText("{\"type\":\"eof\"}", true).join();
        assertThat(messages.all().get(1)).endsWith("hi");
    }

    @Test
    void aWrongMessageIsRefusedAndEndsTheAttachment() {
        String process = start(client.run("wrong-message"), Map.of("command", List.of("sleep")));
        Messages messages = new Messages();
        WebSocket socket = client.connect(process + "/attach", messages);
        assertThat(messages.first()).contains("\"type\":\"process\"");
        socket.sendText("{\"type\":\"nonsense\"}", true).join();
        assertThat(messages.all().get(1)).contains("\"type\":\"error\"", "VALIDATION_ERROR", "type must be");
        assertThat(messages.all().getLast()).isEqualTo("1011");
    }
}
