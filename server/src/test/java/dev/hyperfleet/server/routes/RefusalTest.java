package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Refusals that all operations of a kind share, as the API's description says. */
@ExtendWith(SharedServer.class)
class RefusalTest {
    private static final byte[] TOO_LARGE = new byte[(1 << 20) + 1];

    private final Shared shared;
    private final Client client;

    RefusalTest(Shared shared) {
        this.shared = shared;
        this.client = shared.client();
    }

    private static Stream<Call> calls(Predicate<Call> which) {
        return Call.all().stream().filter(which);
    }

    private static void assertRefused(Call call, int status, String code, Response answer) {
        assertThat(call.has(status)).as("%s describes %d", call, status).isTrue();
        assertThat(answer.status() + " " + answer.code())
                .as("%s: %s", call, answer.message())
                .isEqualTo(status + " " + code);
    }

    private String create(String name) {
        return client.create(name).replace("/machines/", "");
    }

    @Test
    void nobodyIsServedWithoutAKey() {
        calls(Call::needsKey)
                .forEach(call ->
                        assertRefused(call, 401, "UNAUTHORIZED", call.send(shared.stranger(), Call.NO_MACHINE)));
    }

    @Test
    void aKeyIsOfNoUseWithoutTheScope() {
        calls(Call::needsKey).forEach(call -> {
            String scope = call.operation().get("x-scope").asString();
            Scope[] others = Arrays.stream(Scope.values())
                    .filter(other -> other != Scope.ALL && !other.text().equals(scope))
                    .toArray(Scope[]::new);
            assertRefused(call, 403, "FORBIDDEN", call.send(shared.limited(others), Call.NO_MACHINE));
        });
    }

    @Test
    void aMachineThatDoesNotExistIsNotFound() {
        calls(Call::isOfMachine)
                .forEach(call -> assertRefused(call, 404, "NOT_FOUND", call.send(client, Call.NO_MACHINE)));
    }

    @Test
    void nothingIsDoneInAMachineThatDoesNotRun() {
        String id = create("not-running");
        calls(call -> call.isOfMachine()
                        && call.operation().path("x-scope").asString("").equals(Scope.MACHINES_EXEC.text()))
                .forEach(call -> assertRefused(call, 400, "BAD_REQUEST", call.send(client, id)));
    }

    @Test
    void anUnknownFieldIsNamed() {
        String id = create("unknown-fields");
        calls(Call::hasJson).forEach(call -> {
            Response answer = client.sendJson(call.method(), call.path(id), Map.of("nonsense", 1));
            assertRefused(call, 400, "VALIDATION_ERROR", answer);
            assertThat(answer.message()).as(call.toString()).contains("'nonsense'");
        });
    }

    @Test
    void anUnknownParameterIsNamed() {
        String id = create("unknown-parameters");
        calls(Call::needsKey).forEach(call -> {
            String path = call.path(id);
            Response answer = client.send(call.method(), path + (path.contains("?") ? "&" : "?") + "nonsense=1");
            assertRefused(call, 400, "VALIDATION_ERROR", answer);
            assertThat(answer.message()).as(call.toString()).contains("nonsense");
        });
    }

    @Test
    void aMachineIsNotChangedUnderTheLeaseOfAnother() {
        String id = create("leased-by-another");
        expect(201, client.post("/machines/" + id + "/lease", Map.of("ttl", 600)));
        calls(call -> call.takes("LeaseNonce"))
                .forEach(call -> assertRefused(call, 409, "LEASED", call.send(client, id)));
    }

    @Test
    void aMachineOfAnotherVersionIsNotChanged() {
        String id = create("of-another-version");
        calls(call -> call.takes("IfMatch")).forEach(call -> {
            String version = "\"0-of-the-past\"";
            assertRefused(call, 412, "PRECONDITION_FAILED", call.send(client, id, "If-Match", version));
            assertRefused(call, 400, "VALIDATION_ERROR", call.send(client, id, "If-Match", "no tag"));
        });
    }

    @Test
    void aBodyIsBounded() {
        String id = create("too-large");
        client.post("/machines/" + id + "/start");
        calls(call -> call.has(413))
                .forEach(call -> assertRefused(
                        call,
                        413,
                        "PAYLOAD_TOO_LARGE",
                        client.send(call.method(), call.path(id), call.contentType(), TOO_LARGE)));
    }

    @Test
    void aBodyIsOfTheDescribedType() {
        String id = create("of-another-type");
        calls(Call::hasJson)
                .forEach(call -> assertRefused(
                        call,
                        415,
                        "UNSUPPORTED_MEDIA_TYPE",
                        client.send(call.method(), call.path(id), "text/plain", new byte[] {'x'})));
    }

    @Test
    void anIdempotencyKeyIsOfOneRequest() {
        String id = create("once");
        String key = "used-for-a-lease";
        expect(201, client.sendJson("POST", "/machines/" + id + "/lease", Map.of("ttl", 1), "Idempotency-Key", key));
        String other = create("twice");
        calls(call -> call.takes("IdempotencyKey")).forEach(call -> {
            assertRefused(call, 422, "IDEMPOTENCY_KEY_REUSED", call.send(client, other, "Idempotency-Key", key));
            assertRefused(call, 400, "VALIDATION_ERROR", call.send(client, other, "Idempotency-Key", ""));
        });
    }

    @Test
    void aWebSocketIsAskedFor() {
        String id = client.run("without-a-websocket").replace("/machines/", "");
        calls(Call::isWebSocket)
                .forEach(call -> assertRefused(call, 426, "UPGRADE_REQUIRED", client.get(call.path(id))));
    }

    @Test
    void aPathHasTheDescribedMethodsAlone() {
        calls(_ -> true)
                .collect(Collectors.groupingBy(Call::template, Collectors.mapping(Call::method, Collectors.toSet())))
                .forEach((template, methods) -> {
                    Response refused = expect(405, client.send("OPTIONS", template.replaceAll("\\{.*?}", "80")));
                    Set<String> served = new HashSet<>(
                            Arrays.asList(refused.header("allow").orElseThrow().split(", *", -1)));
                    served.remove("HEAD"); // implied by GET
                    assertThat(served).as(template).isEqualTo(methods);
                });
    }
}
