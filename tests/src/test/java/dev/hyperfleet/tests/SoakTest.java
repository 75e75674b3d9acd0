package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole lives of real machines, one after the other, for HYPERFLEET_TEST_SOAK_SECONDS (30): the server's resources
 * after all are as after one.
 */
@MeasuresTime
class SoakTest {
    private static final Duration TIME = Duration.ofSeconds(Long.parseLong(
            Optional.ofNullable(System.getenv("HYPERFLEET_TEST_SOAK_SECONDS")).orElse("30")));
    private static final int AT_ONCE = 2;
    private static final byte[] FILE = new byte[1_000_000];

    /** Tolerated threads and connections, which depend on recent activity but not on its amount. */
    private static final int SLACK = 12;

    /** After this time the JVM has compiled its code, and its heap has its final size. */
    private static final Duration GROWN_UP = Duration.ofMinutes(5);

    private static final double MORE_MEMORY = 1.15;

    @TempDir
    Path state;

    /**
     * A server's resources between two rounds, without a machine.
     *
     * @param files bytes of its folder, without the database, which remembers events and audits up to a limit
     */
    private record Holdings(Duration at, long descriptors, long threads, long memoryKib, long files, long database) {
        @Override
        public String toString() {
            return "after %d s: %d descriptors, %d threads, %d MiB, %d KiB of files, %d KiB of database"
                    .formatted(at.toSeconds(), descriptors, threads, memoryKib / 1024, files / 1024, database / 1024);
        }
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS) // its own time is TIME
    void whatTheServerHoldsDoesNotGrowWithTheMachinesThatHaveBeen() throws Exception {
        long began = System.nanoTime();
        List<Holdings> rounds = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(state)) {
            do {
                round(server.api(), rounds.size());
                rounds.add(look(server, Duration.ofNanos(System.nanoTime() - began)));
            } while (System.nanoTime() - began < TIME.toNanos());
        }
        Leftovers.assertNone(state);
        Holdings first = rounds.get(rounds.size() / 3);
        Holdings last = rounds.getLast();
        System.out.printf("%d machines have lived%n  %s%n  %s%n", rounds.size() * AT_ONCE, first, last);
        assertThat(last.descriptors()).isLessThanOrEqualTo(first.descriptors() + SLACK);
        assertThat(last.threads()).isLessThanOrEqualTo(first.threads() + SLACK);
        assertThat(last.files()).isEqualTo(first.files());
        if (first.at().compareTo(GROWN_UP) > 0) {
            assertThat((double) last.memoryKib()).isLessThan(first.memoryKib() * MORE_MEMORY);
        }
    }

    private static void round(Api api, int number) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> lives = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                String name = "m%d-%d".formatted(number, i);
                lives.add(threads.submit(() -> live(api, name)));
            }
            for (Future<?> life : lives) {
                life.get();
            }
        }
    }

    private static void live(Api api, String name) {
        String id = api.run(name);
        String path = "/machines/" + id;
        assertThat(api.put(path + "/files?path=/tmp/file", FILE).status()).isEqualTo(200);
        assertThat(api.exec(id, "wc", "-c", "/tmp/file").field("stdout")).startsWith(FILE.length + " ");
        assertThat(api.get(path + "/files?path=/tmp/file").body()).hasSize(FILE.length);
        assertThat(api.post(path + "/pause").status()).isEqualTo(200);
        assertThat(api.post(path + "/resume").status()).isEqualTo(200);
        assertThat(api.post(path + "/stop").status()).isEqualTo(200);
        assertThat(api.delete(path).status()).isEqualTo(204);
    }

    private Holdings look(ServerProcess server, Duration at) throws IOException {
        long descriptors;
        try (Stream<Path> all = Files.list(Path.of("/proc", String.valueOf(server.pid()), "fd"))) {
            descriptors = all.count();
        }
        return new Holdings(
                at, descriptors, server.status("Threads"), server.status("VmRSS"), bytes(false), bytes(true));
    }

    private long bytes(boolean database) throws IOException {
        try (Stream<Path> files = Files.walk(state)) {
            return files.filter(file -> file.getFileName().toString().contains(".db") == database)
                    .mapToLong(SoakTest::size)
                    .sum();
        }
    }

    private static long size(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (NoSuchFileException gone) {
            return 0;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
