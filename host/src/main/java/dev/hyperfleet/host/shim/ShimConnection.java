package dev.hyperfleet.host.shim;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.machine.VmmExit;
import dev.hyperfleet.host.MachineFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** A connection to a machine's shim, for as long as both it and this process live. Safe for concurrent use. */
public final class ShimConnection implements AutoCloseable {
    private static final int FIRST_LINE_SECONDS = 15;

    /** The time for a shim to carry out a kill. */
    private static final Executor KILL_PATIENCE =
            CompletableFuture.delayedExecutor(4, SECONDS, Thread::startVirtualThread);

    private final MachineFiles files;
    private final Shim shim;
    private final SocketChannel channel;
    private final BufferedReader lines;
    private final ProcessIdentity identity;
    private final CompletableFuture<VmmExit> exit = new CompletableFuture<>();
    private volatile boolean closed;

    /**
     * Connects; fails if there is no shim.
     *
     * @throws HyperfleetException {@link dev.hyperfleet.core.ErrorCode#UNSUPPORTED} if it is from a later release
     */
    static ShimConnection open(MachineFiles files, Shim shim) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(files.supervisorSocket()));
            ShimConnection connection = new ShimConnection(files, shim, channel);
            Thread.ofVirtual().name("shim-" + files.directory().getFileName()).start(connection::awaitEnd);
            return connection;
        } catch (JacksonException nonsense) {
            channel.close();
            throw new IOException(nonsense);
        } catch (IOException | HyperfleetException failure) {
            channel.close();
            throw failure;
        }
    }

    private ShimConnection(MachineFiles files, Shim shim, SocketChannel channel) throws IOException {
        this.files = files;
        this.shim = shim;
        this.channel = channel;
        this.lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        // A shim that does not answer, because it was stopped by a signal, must not delay the others.
        CompletableFuture<Void> late =
                new CompletableFuture<Void>().completeOnTimeout(null, FIRST_LINE_SECONDS, SECONDS);
        var _ = late.thenRun(this::closeChannel);
        @Nullable String first = lines.readLine();
        late.cancel(false);
        if (first == null) {
            throw new IOException("the shim has ended");
        }
        this.identity = ShimFormat.read(
                        "The supervisor in %s".formatted(files.directory()),
                        first.getBytes(StandardCharsets.UTF_8),
                        Greeting.class)
                .identity();
    }

    private void awaitEnd() {
        ExitRecord record;
        try {
            @Nullable String line = lines.readLine();
            record = line == null ? lost() : ExitRecord.read(files, line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException | JacksonException failure) {
            record = lost();
        } catch (HyperfleetException later) {
            record = ExitRecord.unknown(String.valueOf(later.getMessage()));
        }
        if (!closed) {
            exit.complete(record.toExit(files));
        }
    }

    /** The shim was killed. The kernel then kills its VMM; this does and awaits the slower cleanup. */
    private ExitRecord lost() {
        if (closed) {
            return ExitRecord.unknown("no server is connected any more");
        }
        try {
            shim.reap(files, identity);
            return ExitRecord.unknown("its supervisor was killed");
        } catch (HyperfleetException left) {
            return ExitRecord.unknown("its supervisor was killed. " + left.getMessage());
        }
    }

    /** The VMM. */
    public ProcessIdentity identity() {
        return identity;
    }

    /** The VMM's own API, a Unix socket. */
    public Path vmmSocket() {
        return files.vmmSocket();
    }

    /** Completes when the VMM has exited and only its files are left. Never exceptionally. */
    public CompletableFuture<VmmExit> exit() {
        return exit;
    }

    /** Kills the VMM; {@link #exit} completes when that is done. */
    public void kill() {
        try {
            ByteBuffer order = ByteBuffer.wrap("kill\n".getBytes(StandardCharsets.US_ASCII));
            while (order.hasRemaining()) {
                channel.write(order);
            }
        } catch (IOException ended) {
            // Then nothing is left to kill, and exit reports that.
        }
        KILL_PATIENCE.execute(this::killShim);
    }

    /** A hanging shim does not kill its VMM, and would kill the next one when it continues. */
    private void killShim() {
        if (closed || exit.isDone()) {
            return;
        }
        try {
            shim.reap(files, identity);
        } catch (HyperfleetException stuck) {
            // The thread that waits for the end reports the timeout.
        }
    }

    /** Disconnects from the VMM, which keeps running. */
    @Override
    public void close() {
        closed = true;
        closeChannel();
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException harmless) {
            // The channel is useless now either way.
        }
    }
}
