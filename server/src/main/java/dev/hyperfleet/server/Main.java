package dev.hyperfleet.server;

import dev.hyperfleet.cli.CliException;
import dev.hyperfleet.cli.CommandList;
import dev.hyperfleet.cli.CompletionCommand;
import dev.hyperfleet.cli.ContextCommand;
import dev.hyperfleet.cli.DemoCommand;
import dev.hyperfleet.cli.EventsCommand;
import dev.hyperfleet.cli.FailureText;
import dev.hyperfleet.cli.LoginCommand;
import dev.hyperfleet.cli.MachineCommand;
import dev.hyperfleet.cli.Misuse;
import dev.hyperfleet.cli.Output;
import dev.hyperfleet.cli.OutputClosedException;
import dev.hyperfleet.cli.Verbs;
import dev.hyperfleet.core.HyperfleetException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The hyperfleet command. */
@Command(
        name = "hyperfleet",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        scope = CommandLine.ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        description = "microVMs on your own hosts, through a REST API.")
public final class Main {
    /** From the build. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"hyperfleet " + Build.VERSION};
        }
    }

    private static final String MACHINE = "machine";

    private Main() {}

    /** Runs a command and ends the process with its status. */
    public static void main(String[] arguments) {
        Thread.setDefaultUncaughtExceptionHandler(
                (_, failure) -> System.err.println("hyperfleet: " + FaultText.of(failure)));
        System.exit(commandLine(arguments).execute(arguments));
    }

    /**
     * The command line for these arguments. Loading a command's options takes about 50 ms, so only the requested
     * command is loaded, or all of them, for the help and the manual, if there is no such command.
     */
    public static CommandLine commandLine(String... arguments) {
        String launcher =
                Optional.ofNullable(System.getenv("HYPERFLEET_LAUNCHER")).orElse("hyperfleet");
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("demo", () -> new DemoCommand(launcher));
        commands.put("serve", ServeCommand::new);
        commands.put("login", LoginCommand::new);
        commands.put("context", ContextCommand::new);
        commands.put("keys", KeysCommand::new);
        commands.put("events", EventsCommand::new);
        commands.put("audit", AuditCommand::new);
        commands.put("doctor", DoctorCommand::new);
        commands.put("setup", SetupCommand::new);
        commands.put("image", ImageCommand::new);
        commands.put("completion", () -> new CompletionCommand(Main::commandLine));
        commands.put("service", ServiceCommand::new);
        commands.put("backup", BackupCommand::new);
        commands.put("restore", RestoreCommand::new);
        commands.put("version", VersionCommand::new);
        commands.put("help", HelpCommand::new);
        String asked = arguments.length == 0 ? "" : arguments[0];
        CommandLine commandLine = new CommandLine(new Main());
        Optional<String> verb = Verbs.named(asked);
        if (verb.isPresent()) {
            Verbs.add(commandLine, verb.get());
        } else if (commands.containsKey(asked) && !asked.equals("help")) {
            commandLine.addSubcommand(asked, commands.get(asked).get());
        } else if (asked.equals(MACHINE)) {
            commandLine.addSubcommand(MACHINE, machine(arguments.length == 1 ? "" : arguments[1]));
        } else {
            Verbs.addAll(commandLine);
            commands.forEach((name, command) -> commandLine.addSubcommand(name, command.get()));
            commandLine.addSubcommand(MACHINE, machine(""));
            CommandList.in(commandLine);
        }
        return commandLine.setExecutionExceptionHandler(Main::explain).setParameterExceptionHandler(Misuse::explain);
    }

    private static CommandLine machine(String asked) {
        CommandLine machine = new CommandLine(new MachineCommand());
        CommandList.in(machine);
        Verbs.named(asked).ifPresentOrElse(verb -> Verbs.add(machine, verb), () -> Verbs.addAll(machine));
        return machine;
    }

    /** The error message, one line per problem, in our own words. */
    private static int explain(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        Output output = new Output(command);
        String message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case OutputClosedException _ -> OutputClosedException.EXIT_CODE;
            case CliException refused -> say(output, message, refused.exitCode());
            case SettingException _ -> say(output, message, CommandLine.ExitCode.USAGE);
            case HyperfleetException _ -> say(output, message, CommandLine.ExitCode.SOFTWARE);
            case IOException file -> say(output, FailureText.ofFile(file) + ".", CommandLine.ExitCode.SOFTWARE);
            case UncheckedIOException file ->
                say(
                        output,
                        FailureText.ofFile(Objects.requireNonNull(file.getCause())) + ".",
                        CommandLine.ExitCode.SOFTWARE);
            default -> say(output, FaultText.of(failure), CommandLine.ExitCode.SOFTWARE);
        };
    }

    private static int say(Output output, String message, int exitCode) {
        output.say(message);
        return exitCode;
    }
}
