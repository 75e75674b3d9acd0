package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.FileContent;
import dev.hyperfleet.core.guest.FileEntry;
import dev.hyperfleet.core.guest.FileWatch;
import dev.hyperfleet.core.guest.GuestFiles;
import dev.hyperfleet.core.guest.GuestPath;
import dev.hyperfleet.guest.v1.ChangeModeRequest;
import dev.hyperfleet.guest.v1.Entry;
import dev.hyperfleet.guest.v1.FilesGrpc;
import dev.hyperfleet.guest.v1.FilesGrpc.FilesBlockingV2Stub;
import dev.hyperfleet.guest.v1.ListFilesRequest;
import dev.hyperfleet.guest.v1.ListFilesResponse;
import dev.hyperfleet.guest.v1.MakeFolderRequest;
import dev.hyperfleet.guest.v1.MoveRequest;
import dev.hyperfleet.guest.v1.ReadRequest;
import dev.hyperfleet.guest.v1.ReadResponse;
import dev.hyperfleet.guest.v1.ReadTreeRequest;
import dev.hyperfleet.guest.v1.RemoveRequest;
import dev.hyperfleet.guest.v1.StatRequest;
import dev.hyperfleet.guest.v1.WatchRequest;
import dev.hyperfleet.guest.v1.WriteRequest;
import dev.hyperfleet.guest.v1.WriteTreeResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Files in one guest, over gRPC. */
final class GrpcFiles implements GuestFiles {
    private static final int PIECE_BYTES = 64 << 10;

    private static final Duration PIECE_PATIENCE = Duration.ofSeconds(30);

    /** Copying, changing or removing a large folder takes a while. */
    private static final Duration TREE_PATIENCE = Duration.ofMinutes(10);

    private final FilesBlockingV2Stub stub;
    private final GrpcErrors failures;
    private final GrpcCalls<FilesBlockingV2Stub> calls;

    GrpcFiles(ManagedChannel channel, GrpcErrors failures) {
        this.stub = FilesGrpc.newBlockingV2Stub(channel).withWaitForReady();
        this.failures = failures;
        this.calls = new GrpcCalls<>(stub, failures, GrpcErrors::ofFile);
    }

    @Override
    public FileEntry stat(GuestPath path, boolean follow) {
        StatRequest request = StatRequest.newBuilder()
                .setPath(Messages.bytes(path))
                .setFollow(follow)
                .build();
        return entry(calls.ask(service -> service.stat(request)));
    }

    @Override
    public Page list(GuestPath path, int depth, int limit, Optional<GuestPath> after) {
        ListFilesRequest request = ListFilesRequest.newBuilder()
                .setPath(Messages.bytes(path))
                .setDepth(depth)
                .setLimit(limit)
                .setAfter(after.map(Messages::bytes).orElse(ByteString.EMPTY))
                .build();
        ListFilesResponse response = calls.ask(service -> service.list(request));
        if (response.getEntriesCount() > limit) {
            throw failures.outOfBounds("more files than were asked for");
        }
        return new Page(response.getEntriesList().stream().map(this::entry).toList(), response.getMore());
    }

    @Override
    public FileContent read(GuestPath path, long offset, long length, Optional<String> version) {
        return content(stub.read(ReadRequest.newBuilder()
                .setPath(Messages.bytes(path))
                .setOffset(offset)
                .setLength(length)
                .setVersion(version.orElse(""))
                .build()));
    }

    @Override
    public FileContent readTree(GuestPath path) {
        return content(stub.readTree(
                ReadTreeRequest.newBuilder().setPath(Messages.bytes(path)).build()));
    }

    private FileContent content(BlockingClientCall<?, ReadResponse> call) {
        return GrpcContent.open(call, failures);
    }

    @Override
    public FileEntry write(GuestPath path, WriteOptions options, InputStream content) {
        BlockingClientCall<WriteRequest, Entry> call = stub.write();
        return entry(send(call, path, options, content));
    }

    @Override
    public long writeTree(GuestPath path, WriteOptions options, InputStream content) {
        BlockingClientCall<WriteRequest, WriteTreeResponse> call = stub.writeTree();
        return Messages.amount(send(call, path, options, content).getEntries());
    }

    /** Sends the content. Unless all of it was sent, the agent discards it. */
    private <T> T send(
            BlockingClientCall<WriteRequest, T> call, GuestPath path, WriteOptions options, InputStream content) {
        boolean complete = false;
        try {
            boolean open = write(call, WriteRequest.newBuilder().setOpening(opening(path, options)));
            byte[] buffer = new byte[PIECE_BYTES];
            int count = 0;
            while (open && (count = read(content, buffer)) > 0) {
                open = write(call, WriteRequest.newBuilder().setData(ByteString.copyFrom(buffer, 0, count)));
            }
            if (open && write(call, WriteRequest.newBuilder().setComplete(true))) {
                call.halfClose();
            }
            @Nullable T answer = call.read(TREE_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
            if (answer == null) {
                throw failures.outOfBounds("no answer");
            }
            complete = true;
            return answer;
        } catch (StatusException failure) {
            throw failures.of(failure, GrpcErrors::ofFile);
        } catch (TimeoutException late) {
            throw new HyperfleetException(
                    ErrorCode.GUEST_ERROR,
                    "The agent in machine %s has not answered in time".formatted(failures.id()),
                    late);
        } catch (InterruptedException interrupted) {
            throw GrpcErrors.interrupted(interrupted);
        } catch (IOException broken) {
            throw new HyperfleetException(ErrorCode.BAD_REQUEST, "The body was incomplete or late", broken);
        } finally {
            if (!complete) {
                call.cancel("not complete", null);
            }
        }
    }

    /**
     * Reads the available bytes without filling the buffer, so that a slow client does not delay noticing the agent's
     * response. 0 at the end.
     */
    private static int read(InputStream content, byte[] buffer) throws IOException {
        int count = Math.max(0, content.read(buffer));
        int more = count;
        while (more > 0 && count < buffer.length && content.available() > 0) {
            more = content.read(buffer, count, buffer.length - count);
            count += Math.max(0, more);
        }
        return count;
    }

    /**
     * Sends a piece; false if the agent has answered already. It may take as long as writing one flow-control window to
     * disk.
     */
    private static boolean write(BlockingClientCall<WriteRequest, ?> call, WriteRequest.Builder request)
            throws InterruptedException, TimeoutException, StatusException {
        return call.write(request.build(), PIECE_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static WriteRequest.Opening opening(GuestPath path, WriteOptions options) {
        WriteRequest.Opening.Builder opening = WriteRequest.Opening.newBuilder()
                .setPath(Messages.bytes(path))
                .setUser(options.user().orElse(""))
                .setParents(options.parents())
                .setVersion(options.version().orElse(""))
                .setCreate(options.create());
        options.mode().ifPresent(opening::setMode);
        return opening.build();
    }

    @Override
    public FileEntry makeFolder(GuestPath path, OptionalInt mode, Optional<String> user, boolean parents) {
        MakeFolderRequest.Builder request = MakeFolderRequest.newBuilder()
                .setPath(Messages.bytes(path))
                .setUser(user.orElse(""))
                .setParents(parents);
        mode.ifPresent(request::setMode);
        return entry(calls.ask(service -> service.makeFolder(request.build())));
    }

    @Override
    public FileEntry move(GuestPath from, GuestPath to, boolean replace) {
        return entry(calls.ask(TREE_PATIENCE, service -> service.move(pair(from, to, replace))));
    }

    @Override
    public FileEntry copy(GuestPath from, GuestPath to, boolean replace) {
        return entry(calls.ask(TREE_PATIENCE, service -> service.copy(pair(from, to, replace))));
    }

    private static MoveRequest pair(GuestPath from, GuestPath to, boolean replace) {
        return MoveRequest.newBuilder()
                .setFrom(Messages.bytes(from))
                .setTo(Messages.bytes(to))
                .setReplace(replace)
                .build();
    }

    @Override
    public FileEntry changeMode(GuestPath path, OptionalInt mode, Optional<String> user, boolean recursive) {
        ChangeModeRequest.Builder request = ChangeModeRequest.newBuilder()
                .setPath(Messages.bytes(path))
                .setUser(user.orElse(""))
                .setRecursive(recursive);
        mode.ifPresent(request::setMode);
        return entry(calls.ask(TREE_PATIENCE, service -> service.changeMode(request.build())));
    }

    @Override
    public void remove(GuestPath path, boolean recursive, Optional<String> version) {
        RemoveRequest request = RemoveRequest.newBuilder()
                .setPath(Messages.bytes(path))
                .setRecursive(recursive)
                .setVersion(version.orElse(""))
                .build();
        var _ = calls.ask(TREE_PATIENCE, service -> service.remove(request));
    }

    @Override
    public FileWatch watch(GuestPath path, boolean recursive) {
        return GrpcWatch.open(
                stub.watch(WatchRequest.newBuilder()
                        .setPath(Messages.bytes(path))
                        .setRecursive(recursive)
                        .build()),
                failures);
    }

    private FileEntry entry(Entry message) {
        return FileMessages.entry(message, failures);
    }
}
