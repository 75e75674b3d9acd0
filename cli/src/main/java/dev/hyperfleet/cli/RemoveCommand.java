package dev.hyperfleet.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Removes machines. */
@Command(
        name = "rm",
        aliases = {"delete", "destroy", "remove"},
        description = "Remove machines and their disks.")
final class RemoveCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME|ID", arity = "1..*")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<String> machines;

    @Option(
            names = {"-f", "--force"},
            description = "Stop those that run. Do not fail for those that do not exist.")
    private boolean force;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        Output output = new Output(spec.commandLine());
        return EachMachine.run(
                machines, output, new MachinePrinter(output, new Format()), machine -> one(client, machine));
    }

    private Optional<JsonNode> one(ApiClient client, String machine) {
        try {
            client.delete(machine, force);
        } catch (CliException failure) {
            if (!(force && failure.code().equals("NOT_FOUND"))) {
                throw failure.detail("status").isEmpty()
                        ? failure
                        : failure.as(
                                failure.exitCode(), ". Stop it first, or remove it with: hyperfleet rm -f " + machine);
            }
        }
        return Optional.empty();
    }
}
