package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.Operation.Command;
import dev.hyperfleet.tests.Operation.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The requests of clients and their responses, per machine. Safe for concurrent use. */
final class History {
    private static final Pattern REFUSAL = Pattern.compile("Cannot \\w+ machine in '(\\w+)' state");

    private final long zero = System.nanoTime();
    private final Map<String, List<Operation>> machines = new ConcurrentHashMap<>();

    /** A machine was created: its history begins. */
    void begin(String id) {
        machines.put(id, new ArrayList<>());
    }

    Set<String> ids() {
        return machines.keySet();
    }

    /** The number of commands that certainly took effect. */
    long done() {
        return machines.values().stream()
                .flatMap(List::stream)
                .filter(operation -> operation.what().endsWith("done"))
                .count();
    }

    private void add(String id, Operation operation) {
        List<Operation> operations = machines.get(id);
        if (operations != null) {
            synchronized (operations) {
                operations.add(operation);
            }
        }
    }

    /** A read of a machine was answered. */
    void look(String id, Response answer, long begin) {
        long end = System.nanoTime();
        if (answer.status() == 200) {
            add(id, Operation.seen(state(answer.field("status")), begin, end));
        } else if (answer.status() == 404) {
            add(id, Operation.seen(State.ABSENT, begin, end));
        }
    }

    /** A command was answered. */
    void command(String id, Command command, Response answer, long begin) {
        long end = System.nanoTime();
        Matcher refusal = REFUSAL.matcher(answer.message());
        if (answer.status() < 300) {
            add(id, Operation.done(command, begin, end));
        } else if (answer.status() == 404) {
            add(id, Operation.seen(State.ABSENT, begin, end));
        } else if (answer.status() == 400 && refusal.find()) {
            add(id, Operation.refused(command, state(refusal.group(1)), begin, end));
        } else {
            assertThat(answer.status()).as(answer.message()).isGreaterThanOrEqualTo(500);
            add(id, Operation.unknown(command, begin, end));
        }
    }

    /** The server of a command ended at this time, or earlier. */
    void unanswered(String id, Command command, long begin, long ended) {
        add(id, Operation.unknown(command, begin, ended));
    }

    private static State state(String text) {
        return State.valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** Fails if the history of a machine is not linearizable. */
    void check() {
        machines.forEach((id, operations) -> assertThat(Linearizability.holds(State.PENDING, operations))
                .as("machine %s:%n%s", id, Linearizability.describe(operations, zero))
                .isTrue());
    }
}
