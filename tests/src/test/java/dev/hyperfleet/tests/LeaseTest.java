package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Leases: while a client has one, no other client changes the machine. */
@ExtendWith(SharedServer.class)
class LeaseTest {
    private static final String HEADER = "Machine-Lease-Nonce";

    private final ServerProcess server;
    private final String key;
    private final Api api;

    @TempDir
    Path state;

    LeaseTest(Shared shared) {
        this.server = shared.server();
        this.key = shared.key();
        this.api = shared.api();
    }

    private static Response take(Api api, String id, Map<String, ?> body, String... headers) {
        return api.request("POST", lease(id), body, headers);
    }

    private static String lease(String id) {
        return "/machines/" + id + "/lease";
    }

    @Test
    void whileItIsLeasedNobodyElseChangesAMachineOrAnythingInIt() {
        String id = api.create("leased");
        Response taken = take(api, id, Map.of("ttl", 300, "description", "deploys"));
        assertThat(taken.status()).isEqualTo(201);
        String nonce = taken.field("nonce");
        assertThat(nonce).matches("[0-9a-f]{32}");
        assertThat(taken.field("owner")).isEqualTo("all");
        for (ApiDescription.Operation operation : ApiDescription.INSTANCE.changes()) {
            if (operation.path().startsWith("/machines/{id}")) {
                assertLeased(operation, nonce, api.request(operation.method(), operation.of(id)));
                assertLeased(operation, nonce, api.request(operation.method(), operation.of(id), HEADER, "guessed"));
            }
        }
        ApiDescription.Operation attach = new ApiDescription.Operation("GET", "/machines/{id}/processes/x/attach");
        assertLeased(attach, nonce, api.request("GET", attach.of(id)));
        Response patched = api.request("PATCH", "/machines/" + id, Map.of("exposed_ports", List.of(80)), HEADER, nonce);
        assertThat(patched.status()).isEqualTo(200);
        assertThat(api.request("DELETE", "/machines/" + id, HEADER, nonce).status())
                .isEqualTo(204);
        assertThat(api.get(lease(id)).status()).isEqualTo(404);
    }

    private static void assertLeased(ApiDescription.Operation operation, String nonce, Response refused) {
        assertThat(refused.code()).as(operation.toString()).isEqualTo("LEASED");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.message())
                .contains("leased by 'all' until ", "deploys")
                .doesNotContain(nonce);
    }

    @Test
    void everybodyMayReadAndNobodyIsShownTheNonce() {
        String id = api.create("looked-at");
        Response taken = take(api, id, Map.of());
        Response seen = api.get(lease(id));
        assertThat(seen.json().get("nonce").isNull()).isTrue();
        assertThat(seen.field("owner")).isEqualTo("all");
        assertThat(seen.field("expires_at")).isEqualTo(taken.field("expires_at"));
        Instant created = Instant.parse(taken.field("created_at"));
        assertThat(Instant.parse(taken.field("expires_at"))).isEqualTo(created.plusSeconds(60));
        Response machine = api.get("/machines/" + id);
        assertThat(machine.status()).isEqualTo(200);
        assertThat(machine.header("etag").orElseThrow()).startsWith("\"" + taken.field("version") + "-");
        assertThat(api.get("/machines/" + id + "/events").status()).isEqualTo(200);
        api.request("DELETE", "/machines/" + id, HEADER, taken.field("nonce"));
    }

    @Test
    void aLeaseIsRenewedAndReleasedByItsNonceAlone() {
        String id = api.create("renewed");
        String nonce = take(api, id, Map.of("ttl", 30, "description", "first")).field("nonce");
        Response another = take(api, id, Map.of("ttl", 30));
        assertThat(another.code()).isEqualTo("LEASED");
        Response renewed = take(api, id, Map.of("ttl", 3000), HEADER, nonce);
        assertThat(renewed.status()).isEqualTo(200);
        assertThat(renewed.field("nonce")).isEqualTo(nonce);
        assertThat(renewed.field("description")).isEqualTo("first");
        assertThat(Instant.parse(renewed.field("expires_at")))
                .isAfter(Instant.now().plusSeconds(2000));
        assertThat(api.delete(lease(id)).code()).isEqualTo("LEASED");
        assertThat(api.request("DELETE", lease(id), HEADER, nonce, "Idempotency-Key", "")
                        .status())
                .isEqualTo(400);
        assertThat(api.request("DELETE", lease(id), HEADER, nonce).status()).isEqualTo(204);
        assertThat(api.request("DELETE", lease(id), HEADER, nonce).code()).isEqualTo("LEASE_LOST");
        assertThat(api.delete(lease(id)).status()).isEqualTo(404);
        assertThat(api.get(lease(id)).message()).isEqualTo("Machine " + id + " is not leased");
        assertThat(take(api, id, Map.of(), HEADER, nonce).code()).isEqualTo("LEASE_LOST");
        assertThat(api.request("DELETE", "/machines/" + id, HEADER, nonce).code())
                .as("a request with the nonce of an expired lease")
                .isEqualTo("LEASE_LOST");
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    @Test
    void aLeaseEndsWithItsTime() throws InterruptedException {
        String id = api.create("expiring");
        String nonce = take(api, id, Map.of("ttl", 1)).field("nonce");
        assertThat(api.delete("/machines/" + id).code()).isEqualTo("LEASED");
        Thread.sleep(1100); // the passing of time is tested
        assertThat(api.get(lease(id)).status()).isEqualTo(404);
        assertThat(take(api, id, Map.of(), HEADER, nonce).code()).isEqualTo("LEASE_LOST");
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    @Test
    void theNextServerHasTheLeases() throws Exception {
        String id;
        String nonce;
        try (ServerProcess first = ServerProcess.start(state)) {
            id = first.api().create("survives");
            Response taken = take(first.api(), id, Map.of("ttl", 600));
            assertThat(taken.json().get("owner").isNull())
                    .as("without the nonce")
                    .isTrue();
            nonce = taken.field("nonce");
            first.kill();
        }
        try (ServerProcess second = ServerProcess.start(state)) {
            assertThat(second.api().delete("/machines/" + id).code()).isEqualTo("LEASED");
            assertThat(second.api()
                            .request("DELETE", "/machines/" + id, HEADER, nonce)
                            .status())
                    .isEqualTo(204);
        }
    }

    @Test
    void aWrongLeaseIsRefusedWithWhatIsWrong() {
        String id = api.create("not-leased");
        assertThat(take(api, id, Map.of("ttl", 0)).message()).isEqualTo("ttl must be at least 1");
        assertThat(take(api, id, Map.of("ttl", 86_401, "description", "x".repeat(257)))
                        .message())
                .isEqualTo("ttl must be at most 86400; description must have at most 256 characters");
        assertThat(take(api, id, Map.of("seconds", 1)).message()).startsWith("unknown field 'seconds'");
        assertThat(take(api, id, Map.of("description", "x".repeat(1 << 20))).status())
                .isEqualTo(413);
        assertThat(api.postRaw(lease(id), "text/plain", new byte[] {'x'}).status())
                .isEqualTo(415);
        assertThat(take(api, "abcdefghijkl", Map.of()).status()).isEqualTo(404);
        assertThat(api.get(lease(id)).status()).isEqualTo(404);
        api.delete("/machines/" + id);
    }

    @Test
    void fromTheCommandLineALeaseIsTakenUsedAndReleased() {
        String id = api.create("cli-leased");
        Cli.Result nonce = Cli.run(server, key, "machine", "lease", "take", "cli-leased", "--ttl", "120");
        assertThat(nonce.output()).matches("[0-9a-f]{32}");
        Cli.Result refused = Cli.run(server, key, "machine", "rm", "cli-leased");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).contains("Machine " + id + " is leased by 'all' until");
        Cli.Result shown = Cli.run(server, key, "machine", "lease", "show", "cli-leased");
        assertThat(shown.output()).contains("all").doesNotContain(nonce.output());
        Map<String, String> holder = new java.util.HashMap<>(Cli.settings(server, key));
        holder.put("HYPERFLEET_LEASE_NONCE", nonce.output());
        assertThat(Cli.run(server.state, holder, "machine", "lease", "take", "cli-leased")
                        .output())
                .isEqualTo(nonce.output());
        assertThat(Cli.run(server.state, holder, "machine", "lease", "release", "cli-leased")
                        .exitCode())
                .isZero();
        assertThat(Cli.run(server, key, "machine", "rm", "cli-leased")).isEqualTo(new Cli.Result(0, ""));
    }
}
