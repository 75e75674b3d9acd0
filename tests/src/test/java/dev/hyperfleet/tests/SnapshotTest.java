package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Snapshots of real guests, and machines that start from them. */
@ExtendWith(SharedServer.class)
class SnapshotTest {
    /** Takes random numbers, and keeps all. */
    private static final String GAMBLE =
            "while :; do head -c 8 /dev/urandom | od -An -tx1 >> /root/values; sleep 0.02; done";

    private final Shared shared;
    private final Api api;

    SnapshotTest(Shared shared) {
        this.shared = shared;
        this.api = shared.api();
    }

    private String sh(String machine, String script) {
        Response done = api.exec(machine, "sh", "-c", script);
        assertThat(done.json().path("exit_code").asInt()).as(done.toString()).isZero();
        return done.field("stdout").strip();
    }

    /** The snapshot; without the memory of a VMM that cannot save it, the test is skipped. */
    private Response save(String machine, String name) {
        Response saved = api.post("/machines/" + machine + "/snapshots", Map.of("name", name));
        assumeThat(saved.code()).as(saved.message()).isNotEqualTo("UNSUPPORTED");
        assertThat(saved.status()).as(saved.message()).isEqualTo(201);
        return saved;
    }

    private String startFrom(String snapshot, String name) {
        Response copy = api.post("/machines?start=true", Map.of("name", name, "snapshot", snapshot));
        assertThat(copy.field("status")).as(copy.message()).isEqualTo("running");
        return copy.field("id");
    }

    private void delete(String... paths) {
        for (String path : paths) {
            assertThat(api.delete(path).status()).as(path).isEqualTo(204);
        }
    }

    private static void delete(Api api, String machine) {
        assertThat(api.delete("/machines/" + machine + "?force=true").status()).isEqualTo(204);
    }

    @Test
    void aCopyContinuesWhereItsSourceWasAndIsAMachineOfItsOwn() {
        String source = api.run("snapshot-source");
        Counter.start(api, source);
        sh(source, "echo kept > /root/file; while [ ! -e /run/count ]; do :; done");
        Response saved = save(source, "whole");
        int atSnapshot = Integer.parseInt(sh(source, "cat /run/count"));
        sh(source, "sleep 3"); // so that a clock that was not set is wrong

        String copy = startFrom("whole", "snapshot-copy");
        long before = Instant.now().getEpochSecond();
        assertThat(Long.parseLong(sh(copy, "date +%s"))).isBetween(before - 1, before + 5);
        assertThat(sh(copy, "hostname")).isEqualTo("snapshot-copy");
        assertThat(sh(copy, "cat /root/file /etc/hostname")).isEqualTo("kept\nsnapshot-copy");
        assertThat(sh(copy, "cat /sys/class/net/eth0/address"))
                .isEqualToIgnoringCase(api.get("/machines/" + copy).field("guest_mac"))
                .isNotEqualTo(sh(source, "cat /sys/class/net/eth0/address"));
        int first = Integer.parseInt(sh(copy, "cat /run/count"));
        assertThat(first).as("the count continues, and does not begin again").isGreaterThanOrEqualTo(atSnapshot - 40);
        assertThat(Integer.parseInt(sh(copy, "sleep 0.5; cat /run/count"))).isGreaterThan(first);
        assertThat(Integer.parseInt(sh(source, "cat /run/count"))).isGreaterThan(atSnapshot);
        assertThat(saved.json().path("memory_bytes").asLong()).isBetween(10L << 20, 256L << 20);
        assertThat(saved.json().path("halted_ms").asDouble()).isPositive();

        assertThat(api.post("/machines/" + copy + "/restart").field("status")).isEqualTo("running");
        assertThat(sh(copy, "cat /root/file; ls /run/count 2>&1 || true"))
                .startsWith("kept\n")
                .contains("No such");
        delete("/snapshots/whole");
        delete(api, copy);
        delete(api, source);
    }

    @Test
    void aMachineIsPutBackToASnapshotInItsPlace() {
        String machine = api.run("snapshot-undo");
        Counter.start(api, machine);
        sh(machine, "echo before > /root/file; sync; while [ ! -e /run/count ]; do :; done");
        save(machine, "undo");
        int atSnapshot = Integer.parseInt(sh(machine, "cat /run/count"));
        sh(machine, "echo after > /root/file; rm -rf /etc; sync; touch /root/new");
        String address = api.get("/machines/" + machine).field("guest_ip");

        Response back = api.post("/machines/" + machine + "/rollback", Map.of("snapshot", "undo"));
        assertThat(back.status()).as(back.message()).isEqualTo(200);
        assertThat(back.field("id")).isEqualTo(machine);
        assertThat(back.field("status")).isEqualTo("running");
        assertThat(back.field("guest_ip")).isEqualTo(address);
        assertThat(sh(machine, "cat /root/file /etc/hostname; ls /root/new 2>&1 || true"))
                .startsWith("before\nsnapshot-undo\n")
                .contains("No such");
        int continued = Integer.parseInt(sh(machine, "cat /run/count"));
        assertThat(continued).isGreaterThanOrEqualTo(atSnapshot - 40);
        assertThat(Integer.parseInt(sh(machine, "sleep 0.5; cat /run/count"))).isGreaterThan(continued);

        assertThat(api.post("/machines/" + machine + "/stop").status()).isEqualTo(200);
        Response again = api.post("/machines/" + machine + "/rollback", Map.of("snapshot", "undo"));
        assertThat(again.field("status")).as(again.message()).isEqualTo("running");
        assertThat(sh(machine, "cat /root/file")).isEqualTo("before");
        delete("/snapshots/undo");
        delete(api, machine);
    }

    @Test
    void hooksRunBeforeTheSaveAndAfterTheRestoreAndOneThatFailsIsNamed() {
        String source = api.run("snapshot-hooks");
        sh(source, """
                cd /etc; mkdir -p hyperfleet/hooks/pre-snapshot.d hyperfleet/hooks/post-restore.d; cd hyperfleet/hooks
                printf '#!/bin/sh\\nhostname > /run/before\\n' > pre-snapshot.d/1
                printf '#!/bin/sh\\nhostname > /run/after\\n' > post-restore.d/1
                chmod +x */1; touch pre-snapshot.d/README""");
        save(source, "hooked");
        assertThat(sh(source, "cat /run/before; ls /run"))
                .startsWith("snapshot-hooks")
                .doesNotContain("after");
        String copy = startFrom("hooked", "snapshot-hooked");
        assertThat(sh(copy, "cat /run/before /run/after")).isEqualTo("snapshot-hooks\nsnapshot-hooked");
        delete(api, copy);
        delete("/snapshots/hooked");

        sh(source, "cd /etc/hyperfleet/hooks/pre-snapshot.d; printf '#!/bin/sh\\nexit 3\\n' > 2; chmod +x 2");
        Response refused = api.post("/machines/" + source + "/snapshots", Map.of("name", "refused"));
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.message()).contains("pre-snapshot.d/2 failed with exit code 3");
        assertThat(sh(source, "echo continues")).isEqualTo("continues");
        delete(api, source);
    }

    @Test
    void forksHaveNoRandomNumbersInCommon() {
        String source = api.run("snapshot-gambler");
        api.start(source, Map.of(), "sh", "-c", GAMBLE);
        sh(source, "while [ ! -s /root/values ]; do :; done");
        Response forks = api.post("/machines/" + source + "/fork", Map.of("count", 3));
        assumeThat(forks.code()).as(forks.message()).isNotEqualTo("UNSUPPORTED");
        assertThat(forks.status()).as(forks.message()).isEqualTo(200);
        List<String> machines = new ArrayList<>(List.of(source));
        forks.json()
                .path("copies")
                .forEach(copy -> machines.add(copy.at("/machine/id").asString()));
        List<List<String>> values = machines.stream()
                .map(machine -> sh(machine, "sleep 1; cat /root/values").lines().toList())
                .toList();
        List<String> shared = sharedPrefix(values);
        assertThat(shared).isNotEmpty();
        Stream<String> later = values.stream().flatMap(all -> all.stream().skip(shared.size()));
        assertThat(later).hasSizeGreaterThan(20).doesNotHaveDuplicates();
        machines.forEach(machine -> delete(api, machine));
    }

    /** What all wrote before the fork. */
    private static List<String> sharedPrefix(List<List<String>> all) {
        List<String> first = all.getFirst();
        int length = 0;
        while (isEverywhere(all, first, length)) {
            length++;
        }
        return first.subList(0, length);
    }

    private static boolean isEverywhere(List<List<String>> all, List<String> first, int place) {
        return place < first.size()
                && all.stream()
                        .allMatch(values ->
                                place < values.size() && values.get(place).equals(first.get(place)));
    }

    private String cli(String... command) {
        Cli.Result result = Cli.run(shared.server(), shared.key(), command);
        assumeThat(result.output()).doesNotContain("cannot be saved on this host");
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result.output();
    }

    @Test
    void theCommandLineSavesListsContinuesAndForks() {
        String source = api.run("cli-source");
        assertThat(cli("snapshot", "create", "cli-source", "cli-saved", "-l", "branch=main"))
                .matches("(?s).*cli-saved: \\d+ MiB, halted for \\d+ ms");
        assertThat(cli("snapshot", "ls", "--machine", "cli-source")).contains("NAME", "cli-saved", "cli-source", "yes");
        assertThat(cli("create", "cli-copy", "--snapshot", "cli-saved", "--start"))
                .contains("cli-copy", "running");
        assertThat(cli("fork", "cli-copy", "-n", "2", "-o", "name"))
                .contains("cli-copy-1")
                .contains("cli-copy-2");
        cli("snapshot", "rm", "cli-saved");
        cli("rm", "-f", "cli-source", "cli-copy", "cli-copy-1", "cli-copy-2");
        assertThat(api.get("/machines/" + source).status()).isEqualTo(404);
    }

    @Test
    void aStoppedMachinesDiskIsWhatAnotherBootsWith() {
        String source = api.run("snapshot-stopped");
        sh(source, "echo kept > /root/file");
        api.post("/machines/" + source + "/stop");
        Response saved = api.post("/machines/" + source + "/snapshots", Map.of("name", "disk-alone", "memory", false));
        assertThat(saved.status()).as(saved.message()).isEqualTo(201);
        assertThat(saved.json().path("memory_bytes").asLong()).isZero();
        String copy = startFrom("disk-alone", "snapshot-booted");
        assertThat(sh(copy, "cat /root/file; hostname")).isEqualTo("kept\nsnapshot-booted");
        delete("/snapshots/disk-alone");
        delete(api, copy);
        delete(api, source);
    }
}
