package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.server.InProcessServer;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Keys with machines:own: the machines of other keys do not exist for them. */
@ExtendWith(SharedServer.class)
class OwnMachinesTest {
    private static final Scope[] SCOPES = {
        Scope.MACHINES_OWN, Scope.MACHINES_READ, Scope.MACHINES_WRITE, Scope.MACHINES_EXEC, Scope.MACHINES_PROXY
    };

    /** The operations without a machine in their path that show such a key what is its own. */
    private static final Set<String> FILTERED = Set.of(
            "POST /machines",
            "GET /machines",
            "GET /snapshots",
            "POST /snapshots",
            "GET /snapshots/{snapshot}/archive",
            "GET /snapshots/{snapshot}",
            "DELETE /snapshots/{snapshot}",
            "GET /quota");

    private final InProcessServer server;
    private final Client admin;
    private final Shared shared;

    OwnMachinesTest(Shared shared) {
        this.shared = shared;
        this.server = shared.server();
        this.admin = shared.client();
    }

    private Client owner() {
        return shared.limited(SCOPES);
    }

    private Client with(String key) {
        return new Client(server.url(), Optional.of(key));
    }

    private Client named(String name) {
        return with(server.key(name, Quota.NONE, SCOPES));
    }

    private static String id(String path) {
        return path.replace("/machines/", "");
    }

    @Test
    void snapshotsOfOthersDoNotExist() {
        String strangers = admin.run("strangers");
        expect(201, admin.post(strangers + "/snapshots", Map.of("name", "strangers-own")));
        Client owner = owner();
        assertThat(expect(200, owner.get("/snapshots")).json().path("total").asInt())
                .isZero();
        expect(404, owner.get("/snapshots/strangers-own"));
        expect(404, owner.delete("/snapshots/strangers-own"));
        expect(404, owner.post("/machines", Map.of("name", "thief", "snapshot", "strangers-own")));
        String mine = owner.run("mine");
        expect(201, owner.post(mine + "/snapshots", Map.of("name", "mine")));
        expect(201, owner.post("/machines", Map.of("name", "copy-of-mine", "snapshot", "mine")));
        assertThat(expect(200, owner.get("/snapshots/mine"))
                        .json()
                        .at("/used_by/0")
                        .asString())
                .isEqualTo("copy-of-mine");
        expect(200, owner.post(mine + "/fork"));
    }

    /** A response without what differs in each. */
    private static String comparable(Response response, String machine) {
        ObjectNode json = (ObjectNode) response.json();
        ((ObjectNode) json.get("error")).remove("request_id");
        return response.status() + " " + json.toString().replace(machine, "MACHINE");
    }

    @Test
    void noOperationDistinguishesAStrangersMachineFromNone() {
        Client owner = owner();
        String running = id(admin.run("a-strangers"));
        expect(201, admin.post("/machines/" + running + "/lease", Map.of("ttl", 600)));
        String version = version(running);
        List<Call> calls = Call.all().stream().filter(Call::isOfMachine).toList();
        assertThat(calls).hasSizeGreaterThan(30);
        for (Call call : calls) {
            String none = comparable(call.send(owner, Call.NO_MACHINE), Call.NO_MACHINE);
            assertThat(none).as(call.toString()).startsWith("404 ");
            for (String machine : List.of(running, "a-strangers")) {
                assertThat(comparable(call.send(owner, machine), machine))
                        .as("%s of %s", call, machine)
                        .isEqualTo(none);
                if (call.takes("IdempotencyKey")) {
                    String[] once = {"Idempotency-Key", call + " of " + machine.length()};
                    once[1] = once[1].replace(' ', '-');
                    expect(404, call.send(owner, machine, once));
                    assertThat(expect(404, call.send(owner, machine, once)).header("idempotent-replayed"))
                            .contains("true");
                }
            }
        }
        assertThat(version(running)).isEqualTo(version);
    }

    /** Of a machine, as its ETag begins. */
    private String version(String machine) {
        return admin.get("/machines/" + machine).header("etag").orElseThrow().replaceFirst("-.*", "");
    }

    @Test
    void whatIsAboutAllMachinesIsRefused() {
        Scope[] all =
                Stream.of(Scope.values()).filter(scope -> scope != Scope.ALL).toArray(Scope[]::new);
        Client owner = shared.limited(all);
        List<Call> calls = Call.all().stream()
                .filter(call -> call.needsKey() && !call.isOfMachine() && !FILTERED.contains(call.toString()))
                .toList();
        assertThat(calls)
                .extracting(Call::toString)
                .containsExactlyInAnyOrder("GET /events", "GET /metrics", "GET /audit", "GET /recovery");
        for (Call call : calls) {
            assertThat(expect(403, call.send(owner, Call.NO_MACHINE)).message())
                    .as(call.toString())
                    .contains("machines:own");
            expect(403, call.send(shared.limited(Scope.MACHINES_OWN, Scope.ALL), Call.NO_MACHINE));
        }
    }

    @Test
    void listsAndTotalsHaveTheOwnMachinesAlone() {
        Client owner = owner();
        admin.create("not-listed");
        String mine = id(owner.create("listed"));
        assertList(owner.get("/machines"), mine);
        assertList(owner.get("/machines?status=pending"), mine);
        assertList(owner.get("/machines?name=listed"), mine);
        assertList(owner.get("/machines?status=running"));
        assertList(owner.get("/machines?name=not-listed"));
        JsonNode quota = expect(200, owner.get("/quota")).json();
        assertThat(quota.at("/key/machines/used").asInt()).isOne();
        assertThat(quota.get("host").isNull()).isTrue();
    }

    private static void assertList(Response response, String... ids) {
        JsonNode list = expect(200, response).json();
        assertThat(list.get("machines")
                        .valueStream()
                        .map(machine -> machine.get("id").asString()))
                .containsExactly(ids);
        assertThat(list.get("total").asInt()).isEqualTo(ids.length);
    }

    @Test
    void theOwnMachinesAreAsUsual() throws IOException {
        Client owner = owner();
        String mine = owner.run("my-own");
        expect(200, owner.post(mine + "/exec", Map.of("command", List.of("echo", "mine"))));
        expect(201, owner.post("/machines/my-own/lease", Map.of("ttl", 1)));
        assertThat(expect(200, owner.get(mine + "/events")).json().get("events"))
                .isNotEmpty();
        try (BufferedReader events = owner.stream(mine + "/events")) {
            assertThat(events.readLine()).startsWith("id: ");
        }
        expect(200, admin.get(mine));
    }

    @Test
    void aMachineStaysOwnWhenTheKeyIsRotatedAndIsNobodysAfterARevocation() {
        String mine = named("to-be-rotated").create("kept");
        Client rotated = with(server.rotate("to-be-rotated"));
        expect(200, rotated.get(mine));
        assertList(rotated.get("/machines"), id(mine));
        server.revoke("to-be-rotated");
        Client namesake = named("to-be-rotated");
        expect(404, namesake.get(mine));
        assertList(namesake.get("/machines"));
    }

    @Test
    void aRepeatedDeletionGetsItsResponseAgain() {
        Client owner = owner();
        String mine = owner.create("deleted-twice");
        expect(204, owner.delete(mine, "Idempotency-Key", "delete"));
        assertThat(expect(204, owner.delete(mine, "Idempotency-Key", "delete")).header("idempotent-replayed"))
                .contains("true");
        expect(404, owner.get(mine + "/events"));
    }

    @Test
    void namesAreSharedByAllKeysAndAnIdOfAStrangerIsNone() {
        Client owner = owner();
        String strangers = admin.create("a-taken-name");
        Response taken = expect(
                409, owner.post("/machines", Map.of("name", "a-taken-name", "vcpu_count", 1, "mem_size_mib", 256)));
        assertThat(taken.message()).isEqualTo("A machine named 'a-taken-name' already exists");
        String mine = owner.create(id(strangers));
        assertThat(expect(200, owner.get(strangers)).field("id")).isEqualTo(id(mine));
        assertThat(expect(200, admin.get(strangers)).field("name")).isEqualTo("a-taken-name");
    }

    @Test
    void aStrangersPortIsReachedOnlyAsAnyoneReachesIt() {
        Client owner = owner();
        String strangers = admin.create("proxied"); // port 80 is exposed
        String[] key = {"X-Hyperfleet-Key", owner.key().orElseThrow()};
        Client visitor = new Client(proxy(admin, strangers), Optional.empty());
        for (String path : List.of("/80/", "/81/")) {
            assertThat(visitor.visit("/proxy/" + id(strangers) + path, key))
                    .isEqualTo("404 Machine with id '%s' not found".formatted(id(strangers)));
            assertThat(visitor.visit("/proxy/proxied" + path, key))
                    .isEqualTo("404 Machine with id 'proxied' not found");
        }
        assertThat(visitor.visit("/proxy/none-at-all/80/", key))
                .isEqualTo("404 Machine with id 'none-at-all' not found");
        String link = "?hyperfleet_link="
                + expect(201, admin.post(strangers + "/ports/80/link")).field("token");
        assertThat(visitor.visit("/proxy/proxied/80/" + link, key)).startsWith("307");

        String mine = owner.create("proxied-own");
        assertThat(visitor.visit("/proxy/proxied-own/80/", key)).startsWith("503 Machine 'proxied-own' is not running");
        assertThat(visitor.visit("/proxy/" + id(mine) + "/81/", key)).startsWith("403 Port 81");
    }

    private static String proxy(Client client, String machine) {
        URI link =
                URI.create(expect(201, client.post(machine + "/ports/80/link")).field("path_url"));
        return "http://" + link.getAuthority();
    }
}
