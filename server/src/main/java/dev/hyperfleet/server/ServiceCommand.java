package dev.hyperfleet.server;

import dev.hyperfleet.cli.Output;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The systemd service of a checkout or an unpacked archive; the Debian package has its own. */
@Command(
        name = "service",
        description = {
            "Install the systemd service of a checkout or an archive.",
            "The Debian package brings its own. Settings are in /etc/default/hyperfleet, its home is /var/lib/hyperfleet."
        })
final class ServiceCommand {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int NOT_RUNNING = 3;

    @Option(
            names = "--root",
            paramLabel = "FOLDER",
            scope = ScopeType.INHERIT,
            description = "Work on the root file system in this folder, and start and stop nothing.")
    private Path root = Path.of("/");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(description = "Create the user hyperfleet, and write the unit. The service is not started.")
    int install() throws IOException {
        require("install");
        service().install();
        output().say("now make the images, and start it:");
        output().text("HYPERFLEET_HOME=/var/lib/hyperfleet %s setup%nsystemctl enable --now hyperfleet"
                .formatted(command()));
        return 0;
    }

    @Command(description = "Stop the service and remove the unit. Machines, the user and the home stay.")
    int uninstall() throws IOException {
        require("uninstall");
        service().uninstall();
        return 0;
    }

    @Command(
            description = "Say whether the service is installed, and runs.",
            footer = {"", "Exit status: 0 it runs; 3 it does not."})
    int status() {
        SystemdService service = service();
        boolean installed = Files.exists(service.unit());
        if (!service.isThisHost() || !installed) {
            output().text(installed ? "installed: " + service.unit() : "not installed: there is no " + service.unit());
            return NOT_RUNNING;
        }
        requireSystemd();
        String state = Program.run(List.of("systemctl", "is-active", SystemdService.UNIT), TIMEOUT)
                .output()
                .strip();
        output().text("%s: %s".formatted(service.unit(), state));
        return state.equals("active") ? 0 : NOT_RUNNING;
    }

    private void require(String verb) throws IOException {
        if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN,
                    "This changes the host. As root, run: %s service %s".formatted(command(), verb));
        }
        if (service().isThisHost()) {
            requireSystemd();
        }
    }

    private void requireSystemd() {
        if (!Files.isDirectory(Path.of("/run/systemd/system"))) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED,
                    ("This host does not run systemd. Have its service manager run '%s serve', and stop that process "
                                    + "alone, by SIGTERM: machines outlive it.")
                            .formatted(command()));
        }
    }

    private SystemdService service() {
        Path templates = Path.of(
                Optional.ofNullable(System.getProperty("hyperfleet.units")).orElse("dist/share"));
        return new SystemdService(root.toAbsolutePath().normalize(), templates, launcher(), output()::say);
    }

    private static Path launcher() {
        return Path.of(Optional.ofNullable(System.getenv("HYPERFLEET_LAUNCHER")).orElse("hyperfleet"))
                .toAbsolutePath();
    }

    /** The command that a person types. In a checkout it is not the one that the unit starts: it builds, too. */
    private static Path command() {
        Path launcher = launcher();
        Path ofCheckout = launcher.resolve("../../../hyperfleet").normalize();
        return launcher.endsWith("dist/bin/hyperfleet") && Files.isExecutable(ofCheckout) ? ofCheckout : launcher;
    }

    private Output output() {
        return new Output(spec.commandLine());
    }
}
