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
class ExecRouteTest {
    private final Client client;

    ExecRouteTest(Shared shared) {
        this.client = shared.client();
    }

    @Test
    void aCommandIsRunToItsEnd() {
        String machine = client.run("exec");
        Response echoed = expect(200, exec(machine, Map.of("command", List.of("echo", "hello", "world"))));
        assertThat(echoed.field("stdout")).isEqualTo("hello world\n");
        assertThat(echoed.json().get("exit_code").asInt()).isZero();
        Response read = expect(200, exec(machine, Map.of("command", List.of("cat"), "stdin", "input")));
        assertThat(read.field("stdout")).isEqualTo("input");
        Response failed = expect(200, exec(machine, Map.of("command", List.of("false"))));
        assertThat(failed.json().get("exit_code").asInt()).isOne();
        Response late = expect(200, exec(machine, Map.of("command", List.of("sleep"), "timeout", 1)));
        assertThat(late.json().get("timed_out").asBoolean()).isTrue();
    }

    private Response exec(String machine, Map<String, ?> body) {
        return client.post(machine + "/exec", body);
    }

    @Test
    void aCommandThatCannotBeRunIsRefused() {
        String machine = client.run("exec-refused");
        assertThat(expect(400, exec(machine, Map.of("command", List.of("python3"))))
                        .message())
                .contains("'python3' was not found");
        assertThat(expect(400, exec(machine, Map.of("command", List.of(), "timeout", 0, "cwd", "x")))
                        .message())
                .contains("command", "timeout", "cwd");
        assertThat(expect(502, exec(machine, Map.of("command", List.of("silence"))))
                        .code())
                .isEqualTo("GUEST_ERROR");
    }
}
