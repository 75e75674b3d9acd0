package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest is a usual Linux. The root file system of the tests is busybox and nothing else. */
class GuestTest {
    @TempDir
    Path state;

    private ServerProcess server;
    private Api api;
    private String id;

    @BeforeEach
    void startMachine() throws IOException {
        server = ServerProcess.start(state);
        api = server.api();
        id = api.run("guest");
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private List<String> lines(String script) {
        Response answer = api.exec(id, "sh", "-c", script);
        assertThat(answer.status()).as(answer.message()).isEqualTo(200);
        assertThat(answer.field("stderr")).isEmpty();
        return answer.field("stdout").lines().toList();
    }

    @Test
    void aProcessFindsTheUsualDevicesMountsAndLimits() {
        assertThat(lines("echo in | cat /dev/stdin; echo out > /dev/stdout; echo fd > /dev/fd/1"))
                .containsExactly("in", "out", "fd");
        assertThat(lines("stat -c %a /tmp /dev/shm /run/lock; stat -c %A /dev/full /dev/random /dev/urandom /dev/ptmx"))
                .containsExactly("1777", "1777", "1777", "crw-rw-rw-", "crw-rw-rw-", "crw-rw-rw-", "crw-rw-rw-");
        assertThat(lines("cut -d ' ' -f 2,3 /proc/mounts"))
                .contains(
                        "/ overlay",
                        "/dev devtmpfs",
                        "/dev/pts devpts",
                        "/dev/shm tmpfs",
                        "/dev/mqueue mqueue",
                        "/proc proc",
                        "/run tmpfs",
                        "/sys sysfs",
                        "/sys/fs/cgroup cgroup2");
        assertThat(lines("ulimit -Sn; ulimit -Hn; ulimit -l; ulimit -Sc; ulimit -Hc"))
                .containsExactly("1024", "1048576", "8192", "0", "unlimited");
    }
}
