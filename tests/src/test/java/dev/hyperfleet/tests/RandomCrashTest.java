package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Real machines under commands, and a kill -9 at a random moment: of the server, of a VMM, of a VMM's supervisor.
 * HYPERFLEET_TEST_CRASHES sets the number (6), HYPERFLEET_TEST_SEED the seed.
 */
@MeasuresTime
class RandomCrashTest {
    private static final int CRASHES = Integer.parseInt(
            Optional.ofNullable(System.getenv("HYPERFLEET_TEST_CRASHES")).orElse("6"));
    private static final long SEED = Optional.ofNullable(System.getenv("HYPERFLEET_TEST_SEED"))
            .map(Long::parseLong)
            .orElseGet(() -> new Random().nextLong(1_000_000));
    private static final int MACHINES = 3;
    private static final int LONGEST_MILLISECONDS = TestHome.SLOWNESS == 1 ? 3_500 : 15_000; // longer than a start
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SETTLED = "pending,running,paused,stopped,failed";

    @TempDir
    Path state;

    private final Random random = new Random(SEED);
    private final Map<String, String> machines = new TreeMap<>(); // id to status, as last seen
    private final Set<String> all = new TreeSet<>();
    private final Set<String> perhapsDeleted = new TreeSet<>();
    private final List<Double> recoveries = new ArrayList<>();
    private final Map<Victim, Integer> killed = new TreeMap<>();
    private int made;

    private enum Victim {
        SERVER,
        VMM,
        SUPERVISOR
    }

    @Test
    void whateverIsKilledAtWhateverMomentNoMachineIsLostNothingIsLeftAndNoStatusLies() throws Exception {
        System.out.printf("%d crashes, HYPERFLEET_TEST_SEED=%d%n", CRASHES, SEED);
        ServerProcess server = ServerProcess.start(state);
        try {
            for (int crash = 0; crash < CRASHES; crash++) {
                Api api = server.api();
                fill(api);
                if (random.nextInt(10) < 6 || !machines.containsValue("running")) {
                    crashServer(server, api);
                    server = ServerProcess.start(state);
                    recoveries.add(server.api()
                            .get("/recovery")
                            .json()
                            .get("duration_ms")
                            .asDouble());
                } else {
                    crashMachine(api, random.nextBoolean() ? Victim.VMM : Victim.SUPERVISOR);
                }
                assertTruth(server.api());
            }
        } finally {
            server.close();
        }
        Leftovers.assertNone(state, all);
        Collections.sort(recoveries);
        System.out.printf(
                "killed %s; 0 machines lost, 0 leaks; recovery p50 %.0f ms, worst %.0f ms%n",
                killed,
                recoveries.isEmpty() ? 0 : recoveries.get(recoveries.size() / 2),
                recoveries.isEmpty() ? 0 : recoveries.getLast());
        assertThat(recoveries).allSatisfy(it -> assertThat(it).isLessThan(2_000.0 * TestHome.SLOWNESS));
    }

    private void fill(Api api) {
        while (machines.size() < MACHINES) {
            String id = api.create("m%d".formatted(made++));
            machines.put(id, "pending");
            all.add(id);
        }
    }

    private void crashServer(ServerProcess server, Api api) throws Exception {
        killed.merge(Victim.SERVER, 1, Integer::sum);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> commands = new ArrayList<>();
            machines.forEach((id, status) -> {
                Runnable command = command(api, id, status);
                commands.add(threads.submit(command));
            });
            CompletableFuture.runAsync(
                            server::kill,
                            CompletableFuture.delayedExecutor(
                                    random.nextInt(LONGEST_MILLISECONDS), TimeUnit.MILLISECONDS, threads))
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            for (Future<?> command : commands) {
                try {
                    command.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                } catch (ExecutionException unanswered) {
                    assertThat(unanswered).hasCauseInstanceOf(UncheckedIOException.class);
                }
            }
        }
        if (random.nextBoolean()) {
            tearLastWrite();
        }
    }

    /** A command that makes sense in this state; its result is checked later. */
    private Runnable command(Api api, String id, String status) {
        String path = "/machines/" + id;
        if (random.nextInt(6) == 0) {
            perhapsDeleted.add(id);
            return () -> api.delete(path);
        }
        return switch (status) {
            case "running" ->
                switch (random.nextInt(3)) {
                    case 0 -> () -> api.post(path + "/stop");
                    case 1 -> () -> api.post(path + "/pause");
                    default -> () -> api.exec(id, "sleep", "2");
                };
            case "paused" -> () -> api.post(path + "/resume");
            default -> () -> api.post(path + "/start");
        };
    }

    /** As after a power cut in the middle of a write: the log ends with half a record. */
    private void tearLastWrite() throws IOException {
        List<Path> logs;
        try (var files = Files.walk(state)) {
            logs = files.filter(file -> file.toString().endsWith("-wal")).toList();
        }
        byte[] half = new byte[random.nextInt(1, 4_000)];
        random.nextBytes(half);
        for (Path log : logs) {
            Files.write(log, half, StandardOpenOption.APPEND);
        }
    }

    private void crashMachine(Api api, Victim victim) throws Exception {
        killed.merge(victim, 1, Integer::sum);
        List<String> running = machines.entrySet().stream()
                .filter(machine -> machine.getValue().equals("running"))
                .map(Map.Entry::getKey)
                .toList();
        String id = running.get(random.nextInt(running.size()));
        ProcessHandle vmm = ProcessHandle.of(
                        api.get("/machines/" + id).json().get("pid").asLong())
                .orElseThrow();
        ProcessHandle doomed = victim == Victim.VMM ? vmm : vmm.parent().orElseThrow();
        doomed.destroyForcibly();
        vmm.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        Response failed = api.get("/machines/" + id + "/wait?status=failed");
        assertThat(failed.field("error_message")).isNotEmpty();
    }

    private void assertTruth(Api api) {
        Set<String> live = new TreeSet<>();
        for (String id : Set.copyOf(machines.keySet())) {
            Response answer = api.get("/machines/" + id + "/wait?status=" + SETTLED);
            if (answer.status() == 404) {
                assertThat(perhapsDeleted).as("machine %s is lost", id).contains(id);
                machines.remove(id);
                continue;
            }
            JsonNode machine = answer.json();
            String status = machine.get("status").asString();
            machines.put(id, status);
            if (status.equals("running") || status.equals("paused")) {
                live.add(id);
                assertThat(ProcessHandle.of(machine.get("pid").asLong()))
                        .as("VMM of %s", id)
                        .isPresent();
            }
            if (status.equals("running")) {
                assertThat(api.exec(id, "true").status())
                        .as("a running machine answers")
                        .isEqualTo(200);
            }
        }
        perhapsDeleted.clear();
        assertThat(api.get("/machines?limit=1000").json().get("total").asInt()).isEqualTo(machines.size());
        assertThat(Leftovers.machinesWithProcesses(state)).isEqualTo(live);
        assertThat(Leftovers.machinesWithFiles(state)).isSubsetOf(machines.keySet());
        assertThat(Leftovers.machinesWithSockets(state)).isSubsetOf(live);
    }
}
