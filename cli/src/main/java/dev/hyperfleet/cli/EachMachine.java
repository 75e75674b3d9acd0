package dev.hyperfleet.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** The same for each of several machines, one after the other: a failure does not keep the next ones from it. */
final class EachMachine {
    private EachMachine() {}

    /**
     * Returns the exit status: that of the last failure, or 0.
     *
     * @param action returns the machine, if there is one to show
     */
    static int run(
            List<String> machines, Output output, MachinePrinter printer, Function<String, Optional<JsonNode>> action) {
        List<JsonNode> changed = new ArrayList<>();
        int status = 0;
        for (String machine : machines) {
            try {
                action.apply(machine).ifPresent(changed::add);
            } catch (CliException failure) {
                if (machines.size() == 1) {
                    throw failure;
                }
                output.say(machine + ": " + failure.getMessage());
                status = failure.exitCode();
            }
        }
        if (!changed.isEmpty()) {
            printer.changed(changed);
        }
        return status;
    }
}
