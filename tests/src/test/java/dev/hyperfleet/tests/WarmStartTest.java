package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** New machines that continue from the boot of another one. */
@ExtendWith(SharedServer.class)
class WarmStartTest {
    /** Of no other test's machines. */
    private static final int MEMORY_MIB = 272;

    private final Api api;

    WarmStartTest(Shared shared) {
        this.api = shared.api();
    }

    private Response start(String name, boolean warm) {
        Response started = api.post(
                "/machines?start=true",
                Map.of("name", name, "vcpu_count", 1, "mem_size_mib", MEMORY_MIB, "warm_start", warm));
        assertThat(started.status()).as(started.message()).isEqualTo(201);
        return started;
    }

    private String sh(Response machine, String script) {
        Response done = api.exec(machine.field("id"), "sh", "-c", script);
        assertThat(done.json().path("exit_code").asInt()).as(done.toString()).isZero();
        return done.field("stdout").strip();
    }

    @Test
    void aNewMachineContinuesFromTheBootOfAnotherAndIsOneOfItsOwn() {
        Response first = start("warm-first", true);
        assertThat(first.field("started_from")).isEqualTo("boot");
        sh(first, "echo of-the-first > /root/file; sync");
        Response second = start("warm-second", true);
        assumeThat(second.field("started_from")).as("the VMM can save memory").isNotEqualTo("boot");

        assertThat(second.field("started_from")).isEqualTo("boot-snapshot");
        assertThat(second.json().path("restore").path("error").isNull()).isTrue();
        assertThat(second.json().path("restore").path("load_ms").asDouble()).isPositive();
        assertThat(sh(second, "hostname; cat /etc/hostname; ls /root/file 2>&1 || true"))
                .startsWith("warm-second\nwarm-second\n")
                .contains("No such");
        assertThat(sh(second, "cat /sys/class/net/eth0/address")).isEqualToIgnoringCase(second.field("guest_mac"));
        String uuids = "cat /proc/sys/kernel/random/uuid; head -c 32 /dev/urandom | od -An -tx1";
        Response third = start("warm-third", true);
        assertThat(sh(third, uuids)).isNotEqualTo(sh(second, uuids));

        assertThat(start("warm-not", false).field("started_from")).isEqualTo("boot");
        assertThat(api.get("/snapshots").json().toString())
                .as("boot snapshots are no user's")
                .doesNotContain("boot-");
        Response again = api.post("/machines/" + second.field("id") + "/restart");
        assertThat(again.field("started_from")).as("its disk has changed").isEqualTo("boot");
        for (String name : new String[] {"warm-first", "warm-second", "warm-third", "warm-not"}) {
            assertThat(api.delete("/machines/" + name + "?force=true").status()).isEqualTo(204);
        }
    }
}
