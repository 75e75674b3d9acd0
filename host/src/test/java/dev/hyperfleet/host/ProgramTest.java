package dev.hyperfleet.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProgramTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void whatAProgramPrintsAndHowItEndsComesBack() {
        assertThat(Program.run(List.of("sh", "-c", "echo out; echo err >&2; exit 3"), LONG))
                .isEqualTo(new Program.Result(3, "out\n", "err\n"));
    }

    @Test
    void argumentsAreNotForAShell() {
        assertThat(Program.run(List.of("printf", "%s|", "$HOME", "a b", "*", "; exit 1"), LONG)
                        .output())
                .isEqualTo("$HOME|a b|*|; exit 1|");
    }

    @Test
    void ofTheEnvironmentAProgramSeesThePathAlone() {
        assertThat(System.getenv()).hasSizeGreaterThan(1);
        assertThat(Program.run(List.of("cat", "/proc/self/environ"), LONG).output())
                .isEqualTo("PATH=" + System.getenv("PATH") + "\0");
    }

    @Test
    void aProgramThatReadsComesToTheEndAtOnce() {
        assertThat(Program.run(List.of("cat"), LONG)).isEqualTo(new Program.Result(0, "", ""));
    }

    @Test
    void muchOutputOnBothStreamsDoesNotHang() {
        Program.Result result =
                Program.run(List.of("sh", "-c", "head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero"), LONG);
        assertThat(result.output()).hasSize(1_000_000);
        assertThat(result.errors()).hasSize(1_000_000);
    }

    @Test
    void aProgramThatTakesTooLongIsKilled(@TempDir Path folder) throws IOException {
        Path pid = folder.resolve("pid");
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> Program.run(
                        List.of("sh", "-c", "echo $$ > \"$0\"; exec sleep 300", pid.toString()), Duration.ofSeconds(2)))
                .withMessage("sh has not ended within 2 s")
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL_ERROR));
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(process -> assertThat(process.onExit()).succeedsWithin(LONG));
    }

    @Test
    void aProgramThatIsNotThereIsAnErrorThatNamesIt() {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> Program.run(List.of("/no/such/program"), LONG))
                .withMessageContaining("Cannot run /no/such/program")
                .withMessageContaining("hyperfleet doctor")
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL_ERROR));
    }

    @Test
    void aProgramIsFoundByThePath() {
        assertThat(Program.find("sh"))
                .hasValueSatisfying(path -> assertThat(path).isExecutable());
        assertThat(Program.find("no-such-program")).isEmpty();
    }
}
