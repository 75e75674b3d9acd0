package dev.hyperfleet.core.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Shortens a failing list as long as it still fails: delta debugging. */
final class Shrinking {
    private Shrinking() {}

    /** A list from which no part found by halving can be removed. */
    static <T> List<T> shrink(List<T> failing, Predicate<List<T>> fails) {
        List<T> shortest = failing;
        int length = Math.max(1, shortest.size() / 2);
        while (true) {
            boolean shorter = false;
            int from = 0;
            while (from < shortest.size()) {
                List<T> without = without(shortest, from, Math.min(shortest.size(), from + length));
                if (fails.test(without)) {
                    shortest = without;
                    shorter = true;
                } else {
                    from += length;
                }
            }
            if (!shorter && length == 1) {
                return shortest;
            }
            length = Math.max(1, shorter ? length : length / 2);
        }
    }

    private static <T> List<T> without(List<T> list, int from, int to) {
        List<T> rest = new ArrayList<>(list.subList(0, from));
        rest.addAll(list.subList(to, list.size()));
        return rest;
    }
}
