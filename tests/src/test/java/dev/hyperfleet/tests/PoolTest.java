package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hyperfleet.contract.Response;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real guests that wait for machines. */
class PoolTest {
    private static final String SIZE = "default:1x264=2";

    /** Starts, until the pool has its guests: the first one boots at the same time. */
    private static final int MAX_ATTEMPTS = 12;

    @TempDir
    private Path home;

    private static Response start(Api api, String name) {
        Response started = api.post("/machines?start=true", Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 264));
        assertThat(started.status()).as(started.message()).isEqualTo(201);
        return started;
    }

    private static String sh(Api api, Response machine, String script) {
        Response done = api.exec(machine.field("id"), "sh", "-c", script);
        assertThat(done.json().path("exit_code").asInt()).as(done.toString()).isZero();
        return done.field("stdout").strip();
    }

    @Test
    void aNewMachineContinuesWithAGuestThatHasWaitedForItAndIsOneOfItsOwn() throws Exception {
        List<ProcessHandle> vmms = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(home, Map.of("HYPERFLEET_WARM_POOL", SIZE))) {
            Api api = server.api();
            List<Response> pooled = new ArrayList<>();
            for (int attempt = 0; attempt < MAX_ATTEMPTS && pooled.size() < 2; attempt++) {
                Response started = start(api, "pooled-" + attempt);
                String from = started.field("started_from");
                assumeThat(attempt > 2 && from.equals("boot"))
                        .as("the VMM cannot save memory")
                        .isFalse();
                vmms.add(ProcessHandle.of(started.json().get("pid").asLong()).orElseThrow());
                if (from.equals("pool")) {
                    pooled.add(started);
                }
            }
            assertThat(pooled).as("of %d starts", MAX_ATTEMPTS).hasSize(2);
            List<String> random = new ArrayList<>();
            for (Response machine : pooled) {
                String name = machine.field("name");
                assertThat(sh(api, machine, "hostname; cat /etc/hostname")).isEqualTo(name + "\n" + name);
                assertThat(sh(api, machine, "cat /sys/class/net/eth0/address"))
                        .isEqualToIgnoringCase(machine.field("guest_mac"));
                long before = Instant.now().getEpochSecond();
                assertThat(Long.parseLong(sh(api, machine, "date +%s"))).isBetween(before - 1, before + 5);
                random.add(sh(api, machine, "head -c 32 /dev/urandom | od -An -tx1"));
                random.add(sh(api, machine, "cat /proc/sys/kernel/random/uuid"));
            }
            assertThat(new HashSet<>(random)).hasSameSizeAs(random);
            Response restarted = api.post("/machines/" + pooled.getFirst().field("id") + "/restart");
            assertThat(restarted.field("started_from"))
                    .as("its disk has changed")
                    .isEqualTo("boot");
            Response waiting =
                    api.post("/machines", Map.of("name", "never-started", "vcpu_count", 1, "mem_size_mib", 264));
            assertThat(waiting.field("status")).isEqualTo("pending");
            assertThat(waiting.json().get("pid").isNull()).isTrue();
        }
        assertThat(vmms).as("nothing outlives the machines").noneMatch(ProcessHandle::isAlive);
        Leftovers.assertNone(home);
    }
}
