package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.host.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The systemd service of a checkout, in a root file system of its own. */
class ServiceTest {
    private final Path root;
    private final Path state;

    ServiceTest(@TempDir Path folder) throws IOException {
        this.root = Files.createDirectory(folder.resolve("root"));
        this.state = folder.resolve("state");
    }

    @Test
    void itIsInstalledWithItsUserAndRemovedWithoutItsHome() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can create users");
        assumeTrue(Program.find("systemd-sysusers").isPresent(), "systemd-sysusers is not on the PATH");
        assertThat(service("status").output()).startsWith("not installed");
        Cli.Result installed = service("install");
        assertThat(installed.exitCode()).as(installed.output()).isZero();
        assertThat(installed.output())
                .contains("wrote " + unit(), TestHome.LAUNCHER + " setup", "systemctl enable --now hyperfleet");
        assertThat(unit())
                .content()
                .contains("User=hyperfleet", "KillMode=process")
                .containsPattern("ExecStart=\"" + TestHome.PROJECT + "/dist/bin/hyperfleet\" serve\n");
        assertThat(root.resolve("etc/passwd")).content().contains("hyperfleet:");
        assertThat(root.resolve("var/lib/hyperfleet")).isDirectory();
        assertThat(service("install").exitCode()).isZero(); // again, after an upgrade
        assertThat(service("status").output()).startsWith("installed");

        Cli.Result removed = service("uninstall");
        assertThat(removed.exitCode()).as(removed.output()).isZero();
        assertThat(unit()).doesNotExist();
        assertThat(root.resolve("var/lib/hyperfleet")).isDirectory();
        assertThat(service("uninstall").exitCode()).isEqualTo(1);
    }

    @Test
    void aHostWithoutSystemdIsToldWhatToDoInstead() {
        assumeTrue(!Files.exists(Path.of("/run/systemd/system")), "this host runs systemd");
        Cli.Result refused = Cli.run(state, Map.of(), "service", "install");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).containsAnyOf("does not run systemd", "As root, run");
    }

    @Test
    void theServiceOfThePackageIsLeftAlone() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "others are refused before");
        Path packaged = root.resolve("usr/lib/systemd/system/hyperfleet.service");
        Files.createDirectories(packaged.getParent());
        Files.createFile(packaged);
        assertThat(service("install").output()).contains("The Debian package has installed the service");
        assertThat(unit()).doesNotExist();
    }

    private Path unit() {
        return root.resolve("etc/systemd/system/hyperfleet.service");
    }

    private Cli.Result service(String verb) {
        return Cli.run(state, "service", verb, "--root", root.toString());
    }
}
