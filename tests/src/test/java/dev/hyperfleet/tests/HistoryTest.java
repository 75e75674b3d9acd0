package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Many concurrent clients, and a server that is repeatedly killed, terminated, or suspended: the history of each
 * machine is linearizable. tests/fakeqemu stands in for QEMU. {@code -Dhistory.strikes=N} makes it longer, {@code
 * -Dhistory.seed=S} repeats the same choices.
 */
class HistoryTest {
    private static final int CLIENTS = 32;
    private static final int STRIKES = Integer.getInteger("history.strikes", 6);
    private static final long SEED = Long.getLong("history.seed", System.nanoTime());
    private static final int FEWEST_ANSWERS = 50;
    private static final int MAX_ANSWERS = 250;
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    Path state;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final History history = new History();
    private final Semaphore answers = new Semaphore(0);

    @Test
    void whatClientsSeeOfAMachineIsOneHistoryWhateverBecomesOfTheServer() throws Exception {
        System.out.println("history.seed=" + SEED);
        try (Reign reign = new Reign(this::start)) {
            HistoryClients clients = new HistoryClients(history, reign, answers);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> running = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    SplittableRandom own = random.split();
                    running.add(threads.submit(() -> clients.run(own)));
                }
                try {
                    for (int i = 0; i < STRIKES; i++) {
                        awaitAnswers();
                        strike(reign);
                    }
                    awaitAnswers();
                } finally {
                    clients.end();
                }
                for (Future<?> client : running) {
                    client.get();
                }
            }
            Api api = reign.server().api();
            clients.lookAtAll(api);
            history.check();
            assertThat(history.done()).as("commands that were done").isGreaterThan(2L * STRIKES);
            assertEventsHaveNoGap(api);
        }
    }

    private ServerProcess start() {
        try {
            return FakeQemu.start(state);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void awaitAnswers() throws InterruptedException {
        answers.drainPermits();
        assertThat(answers.tryAcquire(random.nextInt(FEWEST_ANSWERS, MAX_ANSWERS), PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("clients are answered")
                .isTrue();
    }

    private void strike(Reign reign) throws Exception {
        switch (random.nextInt(4)) {
            case 0 -> reign.replace(ServerProcess::terminate);
            case 1 -> {
                signal(reign.server(), "STOP");
                var _ = new CountDownLatch(1).await(random.nextInt(500), TimeUnit.MILLISECONDS); // it is suspended
                signal(reign.server(), "CONT");
            }
            default -> reign.replace(ServerProcess::kill);
        }
    }

    private static void signal(ServerProcess server, String name) throws Exception {
        int exit = new ProcessBuilder("kill", "-" + name, String.valueOf(server.pid()))
                .inheritIO()
                .start()
                .waitFor();
        assertThat(exit).isZero();
    }

    private static void assertEventsHaveNoGap(Api api) {
        long last = 0;
        boolean more = true;
        while (more) {
            JsonNode page = api.get("/events?limit=1000&cursor=" + last).json();
            for (JsonNode event : page.get("events")) {
                assertThat(Long.parseLong(event.get("id").asString())).isEqualTo(last + 1);
                last++;
            }
            more = page.get("more").asBoolean();
        }
        assertThat(last).isPositive();
    }
}
