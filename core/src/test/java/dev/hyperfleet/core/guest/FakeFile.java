package dev.hyperfleet.core.guest;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A file, or a folder without its contents, of {@link FakeFiles}. */
record FakeFile(boolean isFolder, byte[] bytes, int mode, String version) {
    private static final AtomicLong VERSIONS = new AtomicLong();

    static FakeFile folder(int mode) {
        return new FakeFile(true, new byte[0], mode, next());
    }

    static FakeFile regular(byte[] bytes, int mode) {
        return new FakeFile(false, bytes, mode, next());
    }

    FakeFile withMode(int changed) {
        return new FakeFile(isFolder, bytes, changed, next());
    }

    private static String next() {
        return "v" + VERSIONS.incrementAndGet();
    }

    FileEntry entry(String path) {
        return new FileEntry(
                GuestPath.of(path),
                isFolder ? FileEntry.Type.FOLDER : FileEntry.Type.FILE,
                bytes.length,
                mode,
                0,
                0,
                Optional.of("root"),
                Optional.of("root"),
                Instant.EPOCH,
                Optional.empty(),
                version);
    }
}
