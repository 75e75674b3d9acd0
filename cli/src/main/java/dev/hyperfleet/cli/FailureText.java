package dev.hyperfleet.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.MalformedURLException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import javax.net.ssl.SSLException;

/** Our own messages for failures that a library or the operating system reports. */
public final class FailureText {
    private static final String DISK_FULL = "No space left on device";

    private FailureText() {}

    /** A sentence about a failure with a file or a folder of this computer, without its full stop. */
    public static String ofFile(IOException failure) {
        return switch (failure) {
            case NoSuchFileException missing -> "There is no '%s' here".formatted(missing.getFile());
            case AccessDeniedException denied ->
                "The permissions of '%s' do not allow that".formatted(denied.getFile());
            case FileAlreadyExistsException exists -> "'%s' exists already".formatted(exists.getFile());
            case DirectoryNotEmptyException full -> "'%s' is a folder that is not empty".formatted(full.getFile());
            case NotDirectoryException file -> "'%s' is not a folder".formatted(file.getFile());
            case FileSystemLoopException loop -> "'%s' leads to itself".formatted(loop.getFile());
            case FileSystemException other
            when DISK_FULL.equals(other.getReason()) -> "The disk of '%s' is full".formatted(other.getFile());
            case FileSystemException other
            when other.getFile() != null -> "'%s' cannot be read or written".formatted(other.getFile());
            default -> isDiskFull(failure) ? "The disk is full" : "A file cannot be read or written";
        };
    }

    /** Whether the cause is a lack of space. */
    static boolean isDiskFull(IOException failure) {
        return String.valueOf(failure.getMessage()).contains(DISK_FULL);
    }

    /** The reason why a connection has failed, as part of a sentence. */
    static String ofConnection(Throwable failure) {
        return switch (failure) {
            case UnknownHostException _, UnresolvedAddressException _ -> "its name is not known";
            case SocketTimeoutException _, HttpTimeoutException _ -> "nothing arrived in time";
            case ConnectException connect
            when connect.getCause() instanceof UnresolvedAddressException -> "its name is not known";
            case ConnectException _ -> "nothing listens there";
            case NoRouteToHostException _ -> "no network leads there";
            case SSLException _ -> "the TLS connection failed";
            case IllegalArgumentException _, MalformedURLException _ -> "that is not a URL of an HTTP server";
            default -> "the connection was closed unexpectedly";
        };
    }
}
