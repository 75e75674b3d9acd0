package dev.hyperfleet.server;

import dev.hyperfleet.cli.CliException;
import dev.hyperfleet.cli.DemoCommand;
import dev.hyperfleet.cli.MachineCommand;
import dev.hyperfleet.core.HyperfleetException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
        description = "microVMs on your own hosts, by a REST API.")
public final class Main {
    /** From the build. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"hyperfleet " + Build.VERSION};
        }
    }

    private Main() {}

    /** Runs a command and ends the process with its status. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        String launcher =
                Optional.ofNullable(System.getenv("HYPERFLEET_LAUNCHER")).orElse("hyperfleet");
        return new CommandLine(new Main())
                .addSubcommand(new DemoCommand(List.of(launcher, "serve")))
                .addSubcommand(new ServeCommand())
                .addSubcommand(new DoctorCommand())
                .addSubcommand(new KeysCommand())
                .addSubcommand(new MachineCommand())
                .addSubcommand(new HelpCommand())
                .setExecutionExceptionHandler(Main::explain);
    }

    /** What went wrong, in one line for each thing that is wrong. A fault of ours shows its stack. */
    private static int explain(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        String message = failure.getMessage();
        return switch (failure) {
            case CliException refused -> say(command, message, refused.exitCode());
            case SettingException _ -> say(command, message, CommandLine.ExitCode.USAGE);
            case HyperfleetException _ -> say(command, message, CommandLine.ExitCode.SOFTWARE);
            default -> {
                failure.printStackTrace(command.getErr());
                yield say(command, "a fault of ours; please report it", CommandLine.ExitCode.SOFTWARE);
            }
        };
    }

    private static int say(CommandLine command, @Nullable String message, int exitCode) {
        command.getErr().println("hyperfleet: " + message);
        return exitCode;
    }
}
