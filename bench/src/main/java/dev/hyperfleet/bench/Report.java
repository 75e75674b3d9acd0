package dev.hyperfleet.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Prints the results, and at the end all goals once more. */
final class Report {
    /** Whether the limit is an upper or a lower bound. */
    enum Bound {
        AT_MOST("at most"),
        AT_LEAST("at least");

        private final String words;

        Bound(String words) {
            this.words = words;
        }

        private boolean isMet(double figure, double limit) {
            return this == AT_MOST ? figure <= limit : figure >= limit;
        }
    }

    private final PrintStream out;
    private final List<String> goals = new ArrayList<>();
    private String benchmark = "";

    Report(PrintStream out) {
        this.out = out;
    }

    void begin(String name, String title) {
        benchmark = name;
        out.printf("%n%s: %s%n", name, title);
    }

    /** One or more figures without a goal. */
    void line(String label, String figures) {
        out.printf("  %-34s %s%n", label, figures);
    }

    /** A figure with a goal. Missing the goal is reported, but is not a failure. */
    void goal(String label, double figure, String unit, Bound bound, double limit) {
        String text = "%-34s %9.2f %-9s goal: %s %s%-8s %s"
                .formatted(
                        label,
                        figure,
                        unit,
                        bound.words,
                        limit == Math.rint(limit) ? String.valueOf((long) limit) : String.valueOf(limit),
                        unit.isEmpty() ? "" : " " + unit,
                        bound.isMet(figure, limit) ? "met" : "NOT MET");
        out.println("  " + text);
        goals.add("%-7s %s".formatted(benchmark, text));
    }

    void failure(Exception failure) {
        out.println("  could not be measured:");
        failure.printStackTrace(out);
    }

    void summary() {
        if (!goals.isEmpty()) {
            out.printf("%nall goals:%n");
            goals.forEach(goal -> out.println("  " + goal));
        }
    }
}
