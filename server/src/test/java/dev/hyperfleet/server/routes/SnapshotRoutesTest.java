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
class SnapshotRoutesTest {
    private final Client client;

    SnapshotRoutesTest(Shared shared) {
        this.client = shared.client();
    }

    @Test
    void aMachineIsSavedAndAnotherStartsFromIt() {
        String source = client.run("saved");
        Response saved = expect(
                201, client.post(source + "/snapshots", Map.of("name", "ready", "labels", Map.of("branch", "main"))));
        assertThat(saved.header("Location")).contains("/snapshots/" + saved.field("id"));
        assertThat(saved.json().path("memory").asBoolean()).isTrue();
        assertThat(saved.json().at("/labels/branch").asString()).isEqualTo("main");
        assertThat(expect(200, client.get("/snapshots/ready")).json()).isEqualTo(saved.json());
        for (String wanted : List.of("branch", "branch=main", "branch=main&label=branch2", "branch=")) {
            assertThat(expect(200, client.get("/snapshots?label=" + wanted))
                            .json()
                            .path("total")
                            .asInt())
                    .as(wanted)
                    .isEqualTo(wanted.endsWith("2") || wanted.endsWith("=") ? 0 : 1);
        }
        assertThat(expect(400, client.get("/snapshots?label==main")).message())
                .contains("label must be a name, or NAME=VALUE");
        assertThat(expect(200, client.get("/snapshots?machine=saved&name=ready"))
                        .json()
                        .path("total")
                        .asInt())
                .isEqualTo(1);

        Response copy = expect(201, client.post("/machines", Map.of("name", "copy", "snapshot", "ready")));
        assertThat(copy.field("snapshot")).isEqualTo(saved.field("id"));
        assertThat(expect(409, client.delete("/snapshots/ready")).message()).contains("copy has not started");
        Response started = expect(200, client.post("/machines/copy/start"));
        assertThat(started.json().get("snapshot").isNull()).isTrue();
        expect(204, client.delete("/snapshots/ready"));
        expect(404, client.get("/snapshots/ready"));
        expect(404, client.delete("/snapshots/ready"));
    }

    @Test
    void aSnapshotsNameIsItsOwn() {
        String source = client.run("saved-twice");
        expect(201, client.post(source + "/snapshots", Map.of("name", "twice")));
        assertThat(expect(409, client.post(source + "/snapshots", Map.of("name", "twice")))
                        .code())
                .isEqualTo("CONFLICT");
    }

    @Test
    void aMachineHasTheSizeOfItsSnapshot() {
        String source = client.run("sized");
        Response saved = expect(201, client.post(source + "/snapshots", Map.of("name", "sized")));
        int vcpus = saved.json().path("vcpu_count").asInt();
        long memory = saved.json().path("mem_size_mib").asLong();
        Response refused = expect(
                400,
                client.post(
                        "/machines",
                        Map.of("name", "other", "snapshot", "sized", "vcpu_count", vcpus + 1, "mem_size_mib", memory)));
        assertThat(refused.message())
                .isEqualTo("vcpu_count must be the snapshot's, %d, or be omitted".formatted(vcpus));
        expect(
                201,
                client.post(
                        "/machines",
                        Map.of("name", "same", "snapshot", "sized", "vcpu_count", vcpus, "mem_size_mib", memory)));
    }

    @Test
    void aMachineIsForkedAndEachCopyIsAnsweredForItself() {
        String source = client.run("forked");
        client.create("worker-2");
        Response forked = expect(200, client.post(source + "/fork", Map.of("count", 3, "name_prefix", "worker-")));
        assertThat(forked.json().at("/copies/0/machine/status").asString()).isEqualTo("running");
        assertThat(forked.json().at("/copies/1/machine").isNull()).isTrue();
        assertThat(forked.json().at("/copies/1/error/code").asString()).isEqualTo("CONFLICT");
        assertThat(forked.json().at("/copies/2/name").asString()).isEqualTo("worker-3");
        Response named = expect(200, client.post(source + "/fork"));
        assertThat(named.json().at("/copies/0/name").asString()).isEqualTo("forked-1");
        assertThat(expect(400, client.post(source + "/fork", Map.of("count", 101, "names", List.of("a", "a"))))
                        .message())
                .contains("names cannot be combined with count", "names must differ");
        assertThat(expect(400, client.post(source + "/fork", Map.of("count", 101, "name_prefix", "a b")))
                        .message())
                .contains("count must be at most 100", "name_prefix must be");
        String pending = client.create("never-forked");
        assertThat(expect(400, client.post(pending + "/fork")).message())
                .isEqualTo("Cannot fork machine in 'pending' state");
    }

    @Test
    void aMachineIsPutBackToASnapshot() {
        String machine = client.run("put-back");
        expect(201, client.post(machine + "/snapshots", Map.of("name", "back")));
        Response back = expect(200, client.post(machine + "/rollback", Map.of("snapshot", "back")));
        assertThat(back.field("status")).isEqualTo("running");
        assertThat(back.json().get("snapshot").isNull()).isTrue();
        assertThat(back.header("ETag")).isPresent();
        assertThat(expect(404, client.post(machine + "/rollback", Map.of("snapshot", "none")))
                        .message())
                .isEqualTo("Snapshot not found: none");
        assertThat(expect(400, client.post(machine + "/rollback", Map.of())).message())
                .isEqualTo("snapshot is required");
        expect(204, client.delete("/snapshots/back"));
    }

    @Test
    void whatCannotBeSavedIsRefused() {
        String pending = client.create("never-started");
        assertThat(expect(400, client.post(pending + "/snapshots", Map.of("name", "none")))
                        .message())
                .isEqualTo("Cannot snapshot machine in 'pending' state");
        assertThat(expect(400, client.post(pending + "/snapshots", Map.of("name", "a b", "memory", "yes")))
                        .message())
                .contains("name must be", "memory must be");
        expect(404, client.post("/machines", Map.of("name", "orphan", "snapshot", "nothing")));
        expect(400, client.get("/snapshots?limit=1001"));
    }
}
