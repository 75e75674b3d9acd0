package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher makes before a server starts. */
class PreparationTest {
    private static final List<String> PATHS = List.of("KERNEL_IMAGE", "INITRD", "ROOTFS", "SCRATCH", "SHIM");

    private final Path folder;
    private final Path home;

    PreparationTest(@TempDir Path folder) {
        this.folder = folder;
        this.home = folder.resolve("home");
    }

    @Test
    void nothingIsMadeThatSettingsNameElsewhere() throws Exception {
        Map<String, String> named = new HashMap<>();
        PATHS.forEach(path -> named.put("HYPERFLEET_" + path + "_PATH", "/elsewhere"));
        Cli.Result made = bash(named, "image/make '%s' '%s/bin/agent' debian".formatted(home, home));
        assertThat(made).isEqualTo(new Cli.Result(0, ""));
        assertThat(home.resolve("images")).isEmptyDirectory();
        String isBuilt = "project=$PWD home='%s'; . setup/common.sh; . setup/prepare.sh; go_is_built".formatted(home);
        assertThat(bash(named, isBuilt)).isEqualTo(new Cli.Result(0, ""));
        named.remove("HYPERFLEET_SHIM_PATH");
        assertThat(bash(named, isBuilt).exitCode()).isEqualTo(1);
    }

    @Test
    void withoutRoomNothingIsBegun() throws Exception {
        Path programs = Files.createDirectory(folder.resolve("programs"));
        Path df = Files.writeString(
                programs.resolve("df"),
                "#!/bin/sh\necho Avail\ncase $3 in */images) echo 100 ;; *) echo 100000 ;; esac\n");
        Files.setPosixFilePermissions(df, PosixFilePermissions.fromString("rwx------"));
        Map<String, String> settings = Map.of("PATH", programs + ":" + System.getenv("PATH"));
        Cli.Result refused = bash(settings, "image/make '%s' '%s/bin/agent' debian".formatted(home, home));
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output())
                .matches(("hyperfleet: making the images needs \\d+ MiB in %s/images, which has 100 MiB free. "
                                + "Make room, or name another folder with HYPERFLEET_HOME.")
                        .formatted(home));
        assertThat(home.resolve("images")).isEmptyDirectory();
    }

    private static Cli.Result bash(Map<String, String> settings, String command)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-ec", command)
                .directory(TestHome.PROJECT.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(settings);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Cli.Result(process.waitFor(), output.strip());
    }
}
