package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.control.FakeHost.GuestBehaviour;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(SharedServer.class)
class MachineRoutesTest {
    private final FakeHost host;
    private final Client client;

    MachineRoutesTest(Shared shared) {
        this.host = shared.server().host();
        this.client = shared.client();
    }

    @Test
    void aMachineIsCreatedOnceForItsNameAndListed() {
        Map<String, Object> body = Map.of("name", "created", "vcpu_count", 2, "mem_size_mib", 512);
        Response created = expect(201, client.post("/machines", body));
        assertThat(created.field("status")).isEqualTo("pending");
        assertThat(created.header("location")).contains("/machines/" + created.field("id"));
        assertThat(expect(409, client.post("/machines", body)).code()).isEqualTo("CONFLICT");
        Response list = expect(200, client.get("/machines?limit=1000&status=pending"));
        assertThat(list.json().get("machines").valueStream())
                .anyMatch(machine -> machine.get("name").asString().equals("created"));
    }

    @Test
    void aWrongBodyIsRefusedByTheNamesOfItsFields() {
        Response refused = expect(400, client.post("/machines", Map.of("name", "wrong", "vcpu_count", 0, "memory", 1)));
        assertThat(refused.code()).isEqualTo("VALIDATION_ERROR");
        assertThat(refused.message()).contains("vcpu_count", "memory", "mem_size_mib");
        assertThat(expect(400, client.get("/machines?limit=0")).message()).contains("limit");
        String machine = client.create("unchanged");
        Response unknown = expect(400, client.sendJson("PATCH", machine, Map.of("exposed_ports", List.of(0))));
        assertThat(unknown.message()).contains("exposed_ports");
    }

    @Test
    void aMachineIsReadAgainOnlyIfItHasChanged() {
        String machine = client.create("read");
        String etag = expect(200, client.get(machine)).header("etag").orElseThrow();
        expect(304, client.get(machine, "If-None-Match", etag));
        expect(200, client.sendJson("PATCH", machine, Map.of("exposed_ports", List.of(8080)), "If-Match", etag));
        Response changed = expect(200, client.get(machine, "If-None-Match", etag));
        assertThat(changed.json().get("exposed_ports").toString()).isEqualTo("[8080]");
    }

    @Test
    void aMachineLives() {
        String machine = client.create("lives");
        assertStatus("running", client.post(machine + "/start"));
        assertThat(expect(400, client.post(machine + "/start")).message()).contains("'running'");
        assertStatus("running", client.post(machine + "/restart"));
        assertThat(expect(400, client.post(machine + "/resume")).code()).isEqualTo("BAD_REQUEST");
        assertStatus("paused", client.post(machine + "/pause"));
        expect(400, client.post(machine + "/pause"));
        expect(400, client.post(machine + "/restart"));
        assertStatus("running", client.post(machine + "/resume"));
        assertThat(expect(400, client.delete(machine)).message()).isEqualTo("Cannot delete machine in 'running' state");
        assertStatus("stopped", client.post(machine + "/stop"));
        expect(400, client.post(machine + "/stop"));
        expect(204, client.delete(machine));
        expect(404, client.get(machine));
    }

    private static void assertStatus(String status, Response answer) {
        assertThat(expect(200, answer).field("status")).isEqualTo(status);
    }

    @Test
    void aGuestThatDoesNotComeUpIsToldOf() {
        String machine = client.run("dies");
        host.behaviour = GuestBehaviour.DIES_WHILE_STARTING;
        try {
            assertThat(expect(502, client.post(machine + "/restart")).code()).isEqualTo("MACHINE_FAILED");
            assertThat(expect(502, client.post(machine + "/start")).message()).contains("no init");
        } finally {
            host.behaviour = GuestBehaviour.GOOD;
        }
        assertThat(client.get(machine).field("status")).isEqualTo("failed");
        assertThat(expect(409, client.get(machine + "/wait?status=running")).code())
                .isEqualTo("CONFLICT");
    }

    @Test
    void aNameIsAsGoodAsAnId() {
        String machine = client.create("by-name");
        String id = machine.replace("/machines/", "");
        assertStatus("running", client.post("/machines/by-name/start"));
        assertThat(client.get("/machines/by-name").field("id")).isEqualTo(id);
        Response lease = expect(201, client.post("/machines/by-name/lease"));
        assertThat(expect(409, client.delete("/machines/by-name")).code()).isEqualTo("LEASED");
        expect(204, client.delete("/machines/" + id + "/lease", "Machine-Lease-Nonce", lease.field("nonce")));
        JsonNode found = expect(200, client.get("/machines?name=by-name")).json();
        assertThat(found.at("/machines/0/id").asString()).isEqualTo(id);
        assertThat(found.get("total").asInt()).isOne();
        assertThat(client.get("/machines?name=by-name&status=stopped").json().get("machines"))
                .isEmpty();
        assertThat(client.get("/machines?name=" + id).json().get("total").asInt())
                .as("an id is no name")
                .isZero();
        assertThat(expect(404, client.get("/machines/no-name")).message())
                .isEqualTo("Machine with id 'no-name' not found");
    }

    @Test
    void aMachineWhoseNameIsTheIdOfAnotherDoesNotTakeItsPlace() {
        String victim = client.create("victim");
        expect(
                201,
                client.post(
                        "/machines",
                        Map.of("name", victim.replace("/machines/", ""), "vcpu_count", 1, "mem_size_mib", 256)));
        assertThat(client.get(victim).field("name")).isEqualTo("victim");
    }

    @Test
    void aMachineIsCreatedAndStartedByOneRequest() {
        Map<String, Object> body = Map.of("name", "at-once", "vcpu_count", 1, "mem_size_mib", 256);
        Response created =
                expect(201, client.sendJson("POST", "/machines?start=true", body, "Idempotency-Key", "once"));
        assertThat(created.field("status")).isEqualTo("running");
        Response again = expect(201, client.sendJson("POST", "/machines?start=true", body, "Idempotency-Key", "once"));
        assertThat(again.field("id")).isEqualTo(created.field("id"));
        assertThat(expect(400, client.post("/machines?start=yes", body)).message())
                .isEqualTo("start must be true or false");
    }

    @Test
    void aMachineThatCannotBeStartedAtOnceRemainsAndIsNamed() {
        host.behaviour = GuestBehaviour.DIES_WHILE_STARTING;
        Response failed;
        try {
            failed = client.post(
                    "/machines?start=true", Map.of("name", "not-at-once", "vcpu_count", 1, "mem_size_mib", 256));
        } finally {
            host.behaviour = GuestBehaviour.GOOD;
        }
        String id = expect(502, failed).json().at("/error/details/machine_id").asString();
        assertThat(client.get("/machines/not-at-once").field("id")).isEqualTo(id);
        assertThat(client.get("/machines/" + id).field("status")).isEqualTo("failed");
    }

    @Test
    void aMachineIsDeletedByForceWhateverItDoes() {
        String running = client.run("forced");
        String etag = client.get(running).header("etag").orElseThrow();
        expect(204, client.delete(running + "?force=true", "If-Match", etag));
        expect(404, client.get(running));
        String paused = client.run("forced-while-paused");
        assertStatus("paused", client.post(paused + "/pause"));
        expect(204, client.delete(paused + "?force=true"));
        expect(404, client.get(paused));
        expect(204, client.delete(client.create("forced-before-its-start") + "?force=true"));
        String changed = client.run("not-forced");
        expect(412, client.delete(changed + "?force=true", "If-Match", "\"0-of-the-past\""));
        assertStatus("running", client.get(changed));
    }

    @Test
    void aMachineIsSuspendedAndContinuesOrForgets() {
        String machine = client.run("suspended");
        assertStatus("suspended", client.post(machine + "/suspend"));
        assertThat(expect(400, client.post(machine + "/suspend")).message())
                .isEqualTo("Cannot suspend machine in 'suspended' state");
        assertThat(expect(400, client.post(machine + "/start?boot=perhaps")).message())
                .contains("boot must be");
        assertStatus("running", client.post(machine + "/resume"));
        assertStatus("suspended", client.post(machine + "/suspend"));
        assertStatus("running", client.post(machine + "/start?boot=true"));
        assertStatus("suspended", client.post(machine + "/suspend"));
        assertStatus("stopped", client.post(machine + "/stop"));
    }

    @Test
    void anErrorTellsAProgramWhatIsPossible() {
        String machine = client.run("in-a-state");
        JsonNode error = expect(400, client.post(machine + "/start", "X-Request-Id", "mine"))
                .json()
                .get("error");
        assertThat(error.get("request_id").asString()).isEqualTo("mine");
        assertThat(error.get("details").toString())
                .isEqualTo(
                        "{\"status\":\"running\",\"allowed\":[\"stop\",\"restart\",\"pause\",\"suspend\",\"rollback\"]}");
        assertThat(expect(400, client.post("/machines", Map.of("name", "x")))
                        .json()
                        .at("/error/details/problems")
                        .toString())
                .isEqualTo("[\"vcpu_count is required\",\"mem_size_mib is required\"]");
    }

    @Test
    void aWaitEndsWithTheStatusOrWithItsTime() {
        String machine = client.create("awaited");
        assertStatus("pending", client.get(machine + "/wait?status=pending,stopped"));
        assertThat(expect(504, client.get(machine + "/wait?status=running&timeout=1"))
                        .code())
                .isEqualTo("TIMEOUT");
        assertThat(expect(400, client.get(machine + "/wait?timeout=31")).message())
                .contains("status", "timeout");
    }
}
