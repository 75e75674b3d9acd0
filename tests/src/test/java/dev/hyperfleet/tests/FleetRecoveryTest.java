package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A host full of machines whose server is killed, some of them with it: how soon the next server has the true states.
 * HYPERFLEET_TEST_FLEET sets the number (100). tests/fakeqemu stands in for QEMU.
 */
@MeasuresTime
class FleetRecoveryTest {
    private static final int MACHINES = Integer.parseInt(
            Optional.ofNullable(System.getenv("HYPERFLEET_TEST_FLEET")).orElse("100"));
    private static final int CRASHES = 5;
    private static final int DEAD_EACH_TIME = Math.max(1, MACHINES / 50);
    private static final int AT_ONCE = 16;
    private static final double MAX_MILLISECONDS = 20.0 * MACHINES; // 2 s for 100, and in proportion
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    Path state;

    private final Random random = new Random();
    private final Map<String, Long> running = new TreeMap<>(); // id to its VMM's process
    private final Map<String, String> truth = new TreeMap<>(); // id to status

    @Test
    void theFirstAnswerAfterACrashIsTrueOfAllMachines() throws Exception {
        List<Double> recoveries = new ArrayList<>();
        List<Double> answers = new ArrayList<>();
        ServerProcess server = FakeQemu.start(state);
        try {
            startMachines(server.api());
            for (int crash = 0; crash < CRASHES; crash++) {
                server.kill();
                killSome();
                long began = System.nanoTime();
                server = FakeQemu.start(state);
                JsonNode machines =
                        server.api().get("/machines?limit=1000").json().get("machines");
                answers.add((System.nanoTime() - began) / 1e6);
                assertTrue(machines);
                recoveries.add(
                        server.api().get("/recovery").json().get("duration_ms").asDouble());
            }
        } finally {
            server.close();
        }
        Leftovers.assertNone(state);
        System.out.printf(
                "%d machines, %d crashes: recovery %s ms, from the server's launch to a true list %s ms%n",
                MACHINES, CRASHES, medianAndWorst(recoveries), medianAndWorst(answers));
        assertThat(recoveries).allSatisfy(it -> assertThat(it).isLessThan(MAX_MILLISECONDS));
    }

    private void startMachines(Api api) throws Exception {
        Semaphore places = new Semaphore(AT_ONCE);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<JsonNode>> started = new ArrayList<>();
            for (int i = 0; i < MACHINES; i++) {
                String name = "m%d".formatted(i);
                started.add(threads.submit(() -> {
                    places.acquire();
                    try {
                        String id = api.run(name);
                        return api.get("/machines/" + id).json();
                    } finally {
                        places.release();
                    }
                }));
            }
            for (Future<JsonNode> machine : started) {
                String id = machine.get().get("id").asString();
                running.put(id, machine.get().get("pid").asLong());
                truth.put(id, "running");
            }
        }
    }

    private void killSome() throws Exception {
        List<String> ids = new ArrayList<>(running.keySet());
        Collections.shuffle(ids, random);
        for (String id : ids.subList(0, DEAD_EACH_TIME)) {
            ProcessHandle vmm = Optional.ofNullable(running.remove(id))
                    .flatMap(ProcessHandle::of)
                    .orElseThrow();
            vmm.destroyForcibly();
            vmm.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            truth.put(id, "failed");
        }
    }

    private void assertTrue(JsonNode machines) {
        Map<String, String> said = new TreeMap<>();
        Map<String, Long> processes = new TreeMap<>();
        for (JsonNode machine : machines) {
            String id = machine.get("id").asString();
            said.put(id, machine.get("status").asString());
            if (machine.hasNonNull("pid")) {
                processes.put(id, machine.get("pid").asLong());
            }
        }
        assertThat(said).isEqualTo(truth);
        assertThat(processes).isEqualTo(running);
    }

    private static String medianAndWorst(List<Double> samples) {
        List<Double> sorted = samples.stream().sorted().toList();
        return "p50 %.0f, worst %.0f".formatted(sorted.get(sorted.size() / 2), sorted.getLast());
    }
}
