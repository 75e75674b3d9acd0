package dev.hyperfleet.api.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.GuestProcess;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.ProcessOutput;
import dev.hyperfleet.http.OpenStreams;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AttachRouteTest {
    /** An attachment that counts how often it is closed. */
    private record FakeAttachment(AtomicInteger closed) implements Attachment {
        @Override
        public GuestProcess process() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<ProcessOutput> next(Duration timeout) {
            return Optional.empty();
        }

        @Override
        public void write(byte[] data) {}

        @Override
        public void endInput() {}

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @Test
    void anAttachmentToAMachineThatIsDeletedAtThatMomentIsClosed() {
        FakeAttachment attachment = new FakeAttachment(new AtomicInteger());
        HyperfleetException deleted = new HyperfleetException(ErrorCode.NOT_FOUND, "deleted");
        assertThatThrownBy(() -> AttachRoute.socket(PROCESSES, attachment, new OpenStreams(), () -> {
                    throw deleted;
                }))
                .isSameAs(deleted);
        assertThat(attachment.closed()).hasValue(1);
    }

    @Test
    void oneThatIsHandedOverStaysOpenUntilItsSocketCloses() {
        FakeAttachment attachment = new FakeAttachment(new AtomicInteger());
        AtomicInteger released = new AtomicInteger();
        AttachSocket socket =
                AttachRoute.socket(PROCESSES, attachment, new OpenStreams(), () -> released::incrementAndGet);
        assertThat(attachment.closed()).hasValue(0);
        socket.close();
        assertThat(attachment.closed()).hasValue(1);
        assertThat(released).hasValue(1);
    }

    /** Never called. */
    private static final GuestProcesses PROCESSES = (GuestProcesses) Proxy.newProxyInstance(
            GuestProcesses.class.getClassLoader(), new Class<?>[] {GuestProcesses.class}, (_, method, _) -> {
                throw new UnsupportedOperationException(method.getName());
            });
}
