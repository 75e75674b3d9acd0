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
