package dev.hyperfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class CliExceptionTest {
    @Test
    void ofALongReasonTheFirstSentenceIsSaidAndWhereTheRestIs() {
        String panic = "The guest's kernel panicked: System is deadlocked on memory. Last lines of the console: "
                + "[ 1.0] trace ".repeat(100);
        assertThat(new CliException(1, "MACHINE_FAILED", panic).shortened("More: hyperfleet machine logs p"))
                .hasMessage(
                        "The guest's kernel panicked: System is deadlocked on memory. More: hyperfleet machine logs p");
        assertThat(new CliException(1, "MACHINE_FAILED", "The guest powered off.").shortened("More: x"))
                .hasMessage("The guest powered off.");
        assertThat(new CliException(1, "NOT_FOUND", "There is no 'p'. 'ls' shows all.").shortened("More: x"))
                .hasMessage("There is no 'p'. 'ls' shows all.");
    }

    @Test
    void aFailureIsSaidInOurWords() {
        assertThat(FailureText.ofFile(new NoSuchFileException("/x"))).isEqualTo("There is no '/x' here");
        assertThat(FailureText.ofFile(new AccessDeniedException("/x"))).contains("permissions of '/x'");
        assertThat(FailureText.ofFile(new FileSystemException("/x", null, "No space left on device")))
                .isEqualTo("The disk of '/x' is full");
        assertThat(FailureText.ofFile(new IOException("No space left on device")))
                .isEqualTo("The disk is full");
        assertThat(FailureText.ofFile(new IOException("library's words"))).doesNotContain("library");
        assertThat(FailureText.ofConnection(new ConnectException("library's words")))
                .isEqualTo("nothing listens there");
        assertThat(FailureText.ofConnection(new SocketTimeoutException("library's words")))
                .isEqualTo("nothing arrived in time");
        assertThat(FailureText.ofConnection(new CompletionException("library's words", new IOException())))
                .isEqualTo("the connection was closed unexpectedly");
    }
}
