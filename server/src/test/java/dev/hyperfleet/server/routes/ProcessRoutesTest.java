package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
class ProcessRoutesTest {
    private final Client client;

    ProcessRoutesTest(Shared shared) {
        this.client = shared.client();
    }

    private String start(String machine, Map<String, ?> body) {
        Response started = expect(201, client.post(machine + "/processes", body));
        String path = machine + "/processes/" + started.field("id");
        assertThat(started.header("location")).contains(path);
        return path;
    }

    @Test
    void aProcessIsStartedListedSignalledAndKilled() {
        String machine = client.run("processes");
        String first = start(machine, Map.of("command", List.of("sleep"), "tag", "first"));
        String second = start(machine, Map.of("command", List.of("sleep")));
        assertThat(list(machine + "/processes?tag=first&status=running")).hasSize(1);
        Response ended = expect(200, client.post(first + "/signal", Map.of("signal", "TERM")));
        assertThat(ended.field("signal")).isEqualTo("SIGTERM");
        expect(204, client.delete(second));
        assertThat(expect(200, client.get(second)).json().get("exit_code").asInt())
                .isEqualTo(137);
        assertThat(list(machine + "/processes?status=exited")).hasSize(2);
    }

    private List<?> list(String path) {
        return expect(200, client.get(path))
                .json()
                .get("processes")
                .valueStream()
                .toList();
    }

    @Test
    void aTerminalIsResizedWhereThereIsOne() {
        String machine = client.run("terminals");
        Map<String, Integer> size = Map.of("rows", 24, "cols", 80);
        String terminal = start(machine, Map.of("command", List.of("sleep"), "tty", size));
        Response resized = expect(200, client.post(terminal + "/resize", Map.of("rows", 50, "cols", 132)));
        assertThat(resized.json().get("tty").get("cols").asInt()).isEqualTo(132);
        String plain = start(machine, Map.of("command", List.of("sleep")));
        expect(400, client.post(plain + "/resize", size));
        assertThat(expect(400, client.post(terminal + "/resize", Map.of("rows", 0)))
                        .message())
                .contains("rows", "cols");
    }

    @Test
    void whatIsWrongWithAProcessIsNamed() {
        String machine = client.run("wrong-processes");
        assertThat(expect(400, client.post(machine + "/processes", Map.of("command", List.of("cat"), "stdin", "x")))
                        .message())
                .contains("stdin");
        String process = start(machine, Map.of("command", List.of("sleep")));
        assertThat(expect(400, client.post(process + "/signal", Map.of("signal", "NONE")))
                        .message())
                .contains("signal");
        assertThat(expect(400, client.get(machine + "/processes?status=gone")).message())
                .contains("status");
        assertThat(expect(400, client.get(process + "/output?offset=x")).message())
                .contains("offset");
        assertThat(expect(400, client.get(process + "/attach?offset=x")).message())
                .contains("offset");
    }

    @Test
    void aProcessThatDoesNotExistIsNotFound() {
        String machine = client.run("without-processes");
        String none = "/processes/process00000";
        Call.all().stream()
                .filter(call -> call.template().contains("{process}"))
                .forEach(call -> assertThat(call.send(client, machine.replace("/machines/", ""))
                                .status())
                        .as(call.toString())
                        .isEqualTo(404));
        expect(404, client.get(machine + none));
    }
}
