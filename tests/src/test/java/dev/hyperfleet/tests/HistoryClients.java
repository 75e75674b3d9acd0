package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.Operation.Command;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import tools.jackson.databind.JsonNode;

/** Clients that send random requests for a few machines, and record all of them. Safe for concurrent use. */
final class HistoryClients {
    private static final int MACHINES = 16;
    private static final CompletableFuture<Optional<String>> NONE = CompletableFuture.completedFuture(Optional.empty());

    private final History history;
    private final Reign reign;
    private final Semaphore answers;

    /** The current machine of each place; incomplete while one is being created. */
    private final AtomicReferenceArray<CompletableFuture<Optional<String>>> machines =
            new AtomicReferenceArray<>(MACHINES);

    private final AtomicInteger made = new AtomicInteger();
    private final AtomicInteger perhapsMade = new AtomicInteger();
    private volatile boolean ended;

    /**
     * @param answers gets a permit for each
     */
    HistoryClients(History history, Reign reign, Semaphore answers) {
        this.history = history;
        this.reign = reign;
        this.answers = answers;
        for (int i = 0; i < MACHINES; i++) {
            machines.set(i, NONE);
        }
    }

    /** Clients send no more requests. */
    void end() {
        ended = true;
    }

    /** One client, until the end. */
    void run(SplittableRandom random) {
        while (!ended) {
            int place = random.nextInt(MACHINES);
            CompletableFuture<Optional<String>> machine = machines.get(place);
            Optional<String> id = machine.join();
            ServerProcess server = reign.server();
            if (id.isPresent()) {
                boolean gone = random.nextInt(3) == 0 ? look(server, id.get()) : command(server, id.get(), any(random));
                if (gone) {
                    machines.compareAndSet(place, machine, NONE);
                }
            } else {
                CompletableFuture<Optional<String>> next = new CompletableFuture<>();
                if (machines.compareAndSet(place, machine, next)) {
                    next.complete(create(server));
                }
            }
        }
    }

    private static Command any(SplittableRandom random) {
        return switch (random.nextInt(10)) {
            case 0 -> Command.RESTART;
            case 1 -> Command.PAUSE;
            case 2 -> Command.RESUME;
            case 3 -> Command.DELETE;
            case 4, 5 -> Command.STOP;
            default -> Command.START;
        };
    }

    private Optional<String> create(ServerProcess server) {
        String name = "machine-" + made.incrementAndGet();
        try {
            Response answer =
                    server.api().post("/machines", Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 256));
            answers.release();
            if (answer.status() == 201) {
                history.begin(answer.field("id"));
                return Optional.of(answer.field("id"));
            }
            perhapsMade.incrementAndGet();
        } catch (UncheckedIOException ended) {
            perhapsMade.incrementAndGet();
            long _ = reign.end(server);
        }
        return Optional.empty();
    }

    /** Whether the machine is gone. */
    private boolean look(ServerProcess server, String id) {
        long begin = System.nanoTime();
        try {
            Response answer = server.api().get("/machines/" + id);
            history.look(id, answer, begin);
            answers.release();
            return answer.status() == 404;
        } catch (UncheckedIOException ended) {
            long _ = reign.end(server);
            return false;
        }
    }

    private boolean command(ServerProcess server, String id, Command command) {
        long begin = System.nanoTime();
        try {
            String path = "/machines/" + id;
            Response answer = command == Command.DELETE
                    ? server.api().delete(path)
                    : server.api().post(path + "/" + command.verb());
            history.command(id, command, answer, begin);
            answers.release();
            return answer.status() == 404 || answer.status() == 204;
        } catch (UncheckedIOException ended) {
            history.unanswered(id, command, begin, reign.end(server));
            return false;
        }
    }

    /** Checks every machine that was ever created: none was lost, and there is no other. */
    void lookAtAll(Api api) {
        history.ids().forEach(id -> {
            long begin = System.nanoTime();
            history.look(id, api.get("/machines/" + id), begin);
        });
        long strangers = 0;
        for (JsonNode machine : api.get("/machines?limit=1000").json().path("machines")) {
            if (!history.ids().contains(machine.get("id").asString())) {
                strangers++;
                assertThat(machine.get("status").asString()).isEqualTo("pending");
            }
        }
        assertThat(strangers).isLessThanOrEqualTo(perhapsMade.get());
    }
}
