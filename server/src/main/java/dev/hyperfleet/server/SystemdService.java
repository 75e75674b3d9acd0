package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The systemd service of a checkout or an unpacked archive. It takes the files that the Debian package has, and puts
 * them where an administrator's own ones belong.
 */
final class SystemdService {
    static final String UNIT = "hyperfleet.service";

    private static final Path UNITS = Path.of("etc/systemd/system");
    private static final Path OF_THE_PACKAGE = Path.of("usr/lib/systemd/system");
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int EXECUTE_BY_OTHERS = 01;

    private final Path root;
    private final Path templates;
    private final Path launcher;
    private final Consumer<String> told;

    /**
     * The service in this root file system.
     *
     * @param root other than / for the file system of an image
     * @param templates the folder with the unit, sysusers.conf and tmpfiles.conf
     * @param launcher the program that the unit starts
     * @param told called with a sentence for each thing that was done
     */
    SystemdService(Path root, Path templates, Path launcher, Consumer<String> told) {
        this.root = root;
        this.templates = templates;
        this.launcher = launcher;
        this.told = told;
    }

    Path unit() {
        return root.resolve(UNITS).resolve(UNIT);
    }

    /** Installs it, again if it is. The service is not started. */
    void install() throws IOException {
        if (Files.exists(root.resolve(OF_THE_PACKAGE).resolve(UNIT))) {
            throw new HyperfleetException(
                    ErrorCode.CONFLICT,
                    "The Debian package has installed the service. Start it with: systemctl enable --now hyperfleet");
        }
        requireReachable();
        for (var file : files().entrySet()) {
            Files.createDirectories(file.getKey().resolveSibling(""));
            Files.writeString(file.getKey(), file.getValue());
            Files.setPosixFilePermissions(file.getKey(), PosixFilePermissions.fromString("rw-r--r--"));
            told.accept("wrote " + file.getKey());
        }
        run("systemd-sysusers", "--root=" + root, "hyperfleet.conf");
        run("systemd-tmpfiles", "--root=" + root, "--create", "hyperfleet.conf");
        told.accept("the user hyperfleet and its home /var/lib/hyperfleet exist");
        reload();
    }

    /** Stops and removes it. The user and the home stay. */
    void uninstall() throws IOException {
        if (!Files.exists(unit())) {
            throw new HyperfleetException(ErrorCode.NOT_FOUND, "There is no %s.".formatted(unit()));
        }
        if (isThisHost()) {
            run("systemctl", "disable", "--now", UNIT);
        }
        for (Path file : files().keySet()) {
            Files.deleteIfExists(file);
            told.accept("removed " + file);
        }
        reload();
        told.accept("the user hyperfleet and /var/lib/hyperfleet, with machines' disks and the database, stay");
    }

    /** The files, and their content. */
    private Map<Path, String> files() throws IOException {
        Map<Path, String> files = new LinkedHashMap<>();
        files.put(unit(), unitText());
        files.put(root.resolve("etc/sysusers.d/hyperfleet.conf"), template("sysusers.conf"));
        files.put(root.resolve("etc/tmpfiles.d/hyperfleet.conf"), template("tmpfiles.conf"));
        return files;
    }

    /** JAVA_HOME is for a checkout. A release has its own runtime. */
    private String unitText() throws IOException {
        return template(UNIT)
                .replace(
                        "ExecStart=/usr/bin/hyperfleet",
                        "Environment=\"JAVA_HOME=%s\"%nExecStart=\"%s\""
                                .formatted(escaped(System.getProperty("java.home")), escaped(launcher.toString())));
    }

    /** In a unit, % begins a specifier, and \ an escape. */
    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%");
    }

    private String template(String name) throws IOException {
        return Files.readString(templates.resolve(name));
    }

    /** The service's user must be able to run the program, which it cannot in root's home folder. */
    private void requireReachable() throws IOException {
        for (Path folder = launcher.getParent(); folder != null; folder = folder.getParent()) {
            if (((int) Files.getAttribute(folder, "unix:mode") & EXECUTE_BY_OTHERS) == 0) {
                throw new HyperfleetException(
                        ErrorCode.BAD_REQUEST,
                        "The user hyperfleet could not run %s, because %s is closed to others. Move it, to /opt for example."
                                .formatted(launcher, folder));
            }
        }
    }

    boolean isThisHost() {
        return root.equals(Path.of("/"));
    }

    private void reload() {
        if (isThisHost()) {
            run("systemctl", "daemon-reload");
        }
    }

    private static void run(String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        Program.Result result = Program.run(command, TIMEOUT);
        if (result.exitCode() != 0) {
            throw HostErrors.of("run", Path.of(program), result.errors());
        }
    }
}
