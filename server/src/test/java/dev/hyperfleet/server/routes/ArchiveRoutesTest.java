package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.node.ObjectNode;

/** Archives of the fake host are their manifests. */
@ExtendWith(SharedServer.class)
class ArchiveRoutesTest {
    private static final String ZIP = "application/zip";

    private final Shared shared;
    private final Client client;

    ArchiveRoutesTest(Shared shared) {
        this.shared = shared;
        this.client = shared.client();
    }

    private Response export(String name) {
        String source = client.run("of-" + name);
        expect(201, client.post(source + "/snapshots", Map.of("name", name, "labels", Map.of("branch", "main"))));
        return expect(200, client.get("/snapshots/" + name + "/archive"));
    }

    private Response add(String query, byte[] archive) {
        return client.send("POST", "/snapshots" + query, ZIP, archive);
    }

    @Test
    void anArchiveBecomesTheSameSnapshotOfAnotherOwner() {
        Response archive = export("moved");
        assertThat(archive.header("content-type")).contains(ZIP);
        assertThat(archive.header("content-disposition")).contains("attachment; filename=\"moved.zip\"");
        expect(409, add("", archive.body()));

        Response added = expect(201, add("?name=arrived", archive.body()));
        assertThat(added.header("location")).contains("/snapshots/" + added.field("id"));
        ObjectNode arrived = (ObjectNode) added.json();
        ObjectNode moved =
                (ObjectNode) expect(200, client.get("/snapshots/moved")).json();
        moved.put("name", "arrived").put("halted_ms", 0.0).set("created_at", arrived.get("created_at"));
        moved.set("id", arrived.get("id"));
        assertThat(arrived).isEqualTo(moved);
        expect(201, client.post("/machines", Map.of("name", "from-arrived", "snapshot", "arrived")));
        assertThat(expect(200, client.post("/machines/from-arrived/start")).field("status"))
                .isEqualTo("running");

        Client other = shared.limited(Scope.MACHINES_OWN, Scope.MACHINES_READ, Scope.MACHINES_WRITE);
        expect(201, other.send("POST", "/snapshots?name=others", ZIP, archive.body()));
        expect(200, other.get("/snapshots/others"));
        expect(404, other.get("/snapshots/moved"));
    }

    @Test
    void aDiskIsAddedAlone() {
        Response archive = export("with-memory");
        Response added = expect(201, add("?name=disk-alone&memory=false", archive.body()));
        assertThat(added.json().get("memory").asBoolean()).isFalse();
        assertThat(added.json().get("vmm").isNull()).isTrue();
    }

    @Test
    void aManifestIsChecked() {
        String manifest = new String(export("checked").body(), StandardCharsets.UTF_8);
        assertRefused(manifest.replace("\"format\":1", "\"format\":2"), "format must be at most 1");
        assertRefused(manifest.replace("\"name\":\"checked\"", "\"name\":\"../x\""), "name must be 1 to 63 letters");
        assertRefused(manifest.replace("\"vcpu_count\":1", "\"vcpu_count\":99"), "vcpu_count must be at most 32");
        assertRefused(manifest.replace("\"disk_size_mib\":", "\"more\":1,\"disk_size_mib\":"), "unknown field 'more'");
        assertRefused("no JSON", "not valid JSON");
        Response huge = add(
                "",
                manifest.replaceAll("\"disk_size_mib\":[0-9]+", "\"disk_size_mib\":1000000")
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(expect(400, huge).message()).contains("machines of this host have at most 16384");
        Response foreign = add("", manifest.replace("sha256:00", "sha256:ff").getBytes(StandardCharsets.UTF_8));
        assertThat(expect(400, foreign).code()).isEqualTo("UNSUPPORTED");
        assertThat(foreign.message()).contains("which this host does not have");
    }

    private void assertRefused(String manifest, String reason) {
        Response refused = expect(400, add("?name=refused", manifest.getBytes(StandardCharsets.UTF_8)));
        assertThat(refused.message()).contains("manifest.json").contains(reason);
        expect(404, client.get("/snapshots/refused"));
    }

    @Test
    void aBodyThatBrowsersSendWithoutAskingIsRefused() {
        byte[] body = {'x'};
        assertThat(expect(415, client.send("POST", "/snapshots", "text/plain", body))
                        .message())
                .contains("application/zip");
        expect(400, client.send("POST", "/snapshots?name=a%20b", ZIP, body));
        expect(400, client.send("POST", "/snapshots", ZIP, body, "Idempotency-Key", "one"));
    }

    @Test
    void readingASnapshotIsReadingInItsGuest() {
        expect(403, shared.limited(Scope.MACHINES_READ, Scope.MACHINES_WRITE).get("/snapshots/none/archive"));
        expect(404, client.get("/snapshots/none/archive"));
    }
}
