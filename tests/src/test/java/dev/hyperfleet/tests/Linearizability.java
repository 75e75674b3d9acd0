package dev.hyperfleet.tests;

import dev.hyperfleet.tests.Operation.State;
import dev.hyperfleet.tests.Operation.Step;
import dev.hyperfleet.tests.Operation.Transition;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Checks whether the operations on one machine could have happened sequentially, each step at some moment between its
 * operation's begin and end. Searches all orders (Wing and Gong) without visiting a state twice.
 */
final class Linearizability {
    private final List<Operation> operations;
    private final int[] done;
    private final Set<String> visited = new HashSet<>();

    private Linearizability(List<Operation> history) {
        operations = history.stream()
                .sorted(Comparator.comparingLong(Operation::begin))
                .toList();
        done = new int[operations.size()];
    }

    /** Whether there is such an order. */
    static boolean holds(State initial, List<Operation> history) {
        return new Linearizability(history).search(initial, Long.MIN_VALUE);
    }

    /** The possible orders of the history, from this moment on. */
    static String describe(List<Operation> history, long zero) {
        return history.stream()
                .sorted(Comparator.comparingLong(Operation::begin))
                .map(it -> "%8.1f to %8s ms: %s"
                        .formatted(
                                (it.begin() - zero) / 1e6,
                                it.end() == Long.MAX_VALUE ? "…" : "%.1f".formatted((it.end() - zero) / 1e6),
                                it.what()))
                .collect(Collectors.joining("\n"));
    }

    /**
     * Continues the search from here.
     *
     * @param moment the earliest possible time of the next step: the latest begin so far
     */
    private boolean search(State state, long moment) {
        long bound = Long.MAX_VALUE; // operations that began later cannot be next
        boolean complete = true;
        for (int i = 0; i < done.length; i++) {
            Operation operation = operations.get(i);
            if (operation.required() && done[i] < operation.steps().size()) {
                complete = false;
                bound = Math.min(bound, operation.end());
            }
        }
        if (complete) {
            return true;
        }
        if (bound < moment || !visited.add(state + Arrays.toString(done))) {
            return false;
        }
        for (int i = 0; i < done.length && operations.get(i).begin() <= bound; i++) {
            if (tryNext(i, state, moment)) {
                return true;
            }
        }
        return false;
    }

    private boolean tryNext(int index, State state, long moment) {
        Operation operation = operations.get(index);
        if (done[index] == operation.steps().size()) {
            return false;
        }
        Step step = operation.steps().get(done[index]);
        long next = Math.max(moment, operation.begin());
        if (step.latest() < next) {
            return false;
        }
        done[index]++;
        for (Transition choice : step.choices()) {
            if (choice.from().contains(state) && search(choice.to().orElse(state), next)) {
                return true;
            }
        }
        done[index]--;
        return false;
    }
}
