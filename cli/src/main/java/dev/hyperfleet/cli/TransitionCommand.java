package dev.hyperfleet.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Brings machines to a status. Machines that have it already stay as they are. */
abstract class TransitionCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME|ID", arity = "1..*")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<String> machines;

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final String participle;
    private final Optional<String> target;

    /**
     * A command.
     *
     * @param participle what the machine is doing meanwhile
     * @param target the status in which there is nothing to do; empty if there always is
     */
    TransitionCommand(String participle, Optional<String> target) {
        this.participle = participle;
        this.target = target;
    }

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        Output output = new Output(spec.commandLine());
        return EachMachine.run(machines, output, new MachinePrinter(output, format), machine -> one(client, machine));
    }

    private Optional<JsonNode> one(ApiClient client, String machine) {
        try {
            return Optional.of(
                    Progress.show(participle + " " + machine, () -> client.command(machine, verb(client, machine))));
        } catch (CliException failed) {
            if (failed.code().equals("NOT_FOUND") && absentIsFine()) {
                return Optional.empty();
            }
            if (target.equals(Optional.of(failed.detail("status")))) {
                return Optional.of(client.get(machine));
            }
            throw failed.shortened("More: hyperfleet logs " + machine);
        }
    }

    /** The API's verb for this machine. */
    String verb(ApiClient client, String machine) {
        return spec.name();
    }

    /** Whether a machine that does not exist is no error. */
    boolean absentIsFine() {
        return false;
    }

    /** Starts machines. */
    @Command(name = "start", description = "Start machines, and return when their guests have answered.")
    static final class Start extends TransitionCommand {
        @Option(names = "--boot", description = "Boot suspended machines from their disks, and discard their memory.")
        private boolean boot;

        Start() {
            super("starting", Optional.of("running"));
        }

        @Override
        String verb(ApiClient client, String machine) {
            return boot ? "start?boot=true" : "start";
        }
    }

    /** Stops machines. */
    @Command(
            name = "stop",
            aliases = "kill",
            description = "Stop machines: their guests power off, or are killed after the server's stop timeout.")
    static final class Stop extends TransitionCommand {
        @Option(
                names = {"-f", "--force"},
                description = "Do not fail for machines that do not exist.")
        private boolean force;

        Stop() {
            super("stopping", Optional.of("stopped"));
        }

        @Override
        String verb(ApiClient client, String machine) {
            return "stop"; // by its alias, too
        }

        @Override
        boolean absentIsFine() {
            return force;
        }
    }

    /** Restarts machines; those that do not run are started. */
    @Command(name = "restart", description = "Stop machines and start them again. Those that do not run are started.")
    static final class Restart extends TransitionCommand {
        Restart() {
            super("restarting", Optional.empty());
        }

        @Override
        String verb(ApiClient client, String machine) {
            return client.get(machine).get("status").asString().equals("running") ? "restart" : "start";
        }
    }

    /** Pauses machines. */
    @Command(name = "pause", description = "Pause machines; they keep their memory.")
    static final class Pause extends TransitionCommand {
        Pause() {
            super("pausing", Optional.of("paused"));
        }
    }

    /** Suspends machines. */
    @Command(
            name = "suspend",
            description = "Suspend machines: their memory goes to disk, and start or resume continues from there.")
    static final class Suspend extends TransitionCommand {
        Suspend() {
            super("suspending", Optional.of("suspended"));
        }
    }

    /** Resumes machines. */
    @Command(name = "resume", aliases = "unpause", description = "Resume paused or suspended machines.")
    static final class Resume extends TransitionCommand {
        Resume() {
            super("resuming", Optional.of("running"));
        }

        @Override
        String verb(ApiClient client, String machine) {
            return "resume"; // by its alias, too
        }
    }
}
