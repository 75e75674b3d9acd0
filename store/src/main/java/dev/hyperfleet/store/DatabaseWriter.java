package dev.hyperfleet.store;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * The one thread that writes. SQLite's native calls would pin the carriers of virtual threads, and only one can write
 * at a time anyway. Writes that arrive during a commit share the next one, so many writers wait for one flush of the
 * disk, not for one each. On a full disk each write gets as much of the {@link Reserve} as its {@link Importance}
 * allows.
 */
public final class DatabaseWriter implements AutoCloseable {
    private static final int MAX_BATCH = 256;

    private final Database database;
    private final Connection connection;
    private final Statement transaction;
    private final BlockingQueue<Write> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    private final Reserve reserve;
    private final Statement touch;
    private volatile boolean ended; // set before the queue is emptied for the last time
    private volatile boolean failing; // the last commit failed

    /** Statements to execute in a transaction. They may be executed again, after a failure for lack of space. */
    interface Statements {
        void execute() throws SQLException;
    }

    private record Write(Statements statements, Importance importance, CompletableFuture<Void> done) {}

    public DatabaseWriter(Database database) {
        this.database = database;
        try {
            connection = database.connect();
            // Not setAutoCommit(false): this driver would begin the next transaction at once, and prevent all other
            // processes from writing until there is something to write.
            transaction = connection.createStatement();
            touch = connection.createStatement();
        } catch (SQLException failure) {
            throw database.failure("open", failure);
        }
        reserve = database.reserve();
        var _ = reserve.restore();
        thread = Thread.ofPlatform().name("database-writer").daemon().start(this::run);
    }

    /** A statement for use in writes. */
    PreparedStatement prepare(String sql) {
        return prepare(sql, Statement.NO_GENERATED_KEYS);
    }

    /** The same with {@link Statement#RETURN_GENERATED_KEYS}, for example. */
    PreparedStatement prepare(String sql, int keys) {
        try {
            return connection.prepareStatement(sql, keys);
        } catch (SQLException failure) {
            throw database.failure("open", failure);
        }
    }

    /** Executes the statements asynchronously; the consumer is called if they could not be committed. */
    void writeLater(Statements statements, Consumer<HyperfleetException> failed) {
        var _ = enqueue(statements, Importance.ORDINARY).whenComplete((_, failure) -> {
            if (failure != null) {
                failed.accept(explain(failure));
            }
        });
    }

    private CompletableFuture<Void> enqueue(Statements statements, Importance importance) {
        Write write = new Write(statements, importance, new CompletableFuture<>());
        queue.add(write);
        if (ended) {
            refuseAll(); // the thread may not have seen it
        }
        return write.done();
    }

    /** Executes the statements, and returns when they are committed. */
    void write(Importance importance, Statements statements) {
        try {
            enqueue(statements, importance).join();
        } catch (CompletionException failure) {
            throw explain(failure.getCause() == null ? failure : failure.getCause());
        }
    }

    /** Why new data cannot be stored; empty if it can. If the last write failed, this tries to write. */
    public Optional<HyperfleetException> obstacle() {
        if (failing || !reserve.restore()) {
            try {
                write(Importance.ORDINARY, () -> touch.executeUpdate("UPDATE fleet SET id = id"));
            } catch (HyperfleetException obstacle) {
                return Optional.of(obstacle);
            }
        }
        return Optional.empty();
    }

    /** How many writes wait for the one that is in progress. */
    public int waiting() {
        return queue.size();
    }

    private HyperfleetException explain(Throwable failure) {
        return switch (failure) {
            case SQLException cause -> database.failure("write", cause);
            case HyperfleetException known -> known;
            default -> new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", failure);
        };
    }

    private void run() {
        List<Write> batch = new ArrayList<>();
        try {
            while (true) {
                batch.add(queue.take());
                queue.drainTo(batch, MAX_BATCH - 1);
                commit(batch);
                batch.clear();
            }
        } catch (InterruptedException closed) {
            ended = true;
            refuseAll();
        }
    }

    private void refuseAll() {
        List<Write> late = new ArrayList<>();
        queue.drainTo(late);
        late.forEach(write -> write.done().completeExceptionally(new InterruptedException("closed")));
    }

    private void commit(List<Write> batch) {
        List<Write> left = new ArrayList<>(batch);
        if (!reserve.restore()) {
            refuse(left, Importance.ORDINARY, database.full("write"));
        }
        failing = false;
        while (!left.isEmpty()) {
            try {
                commitOnce(left);
                return;
            } catch (SQLException failure) {
                failing = true;
                left.removeIf(write -> write.done().isDone()); // drops the writes that failed by themselves
                makeRoom(left, failure);
            }
        }
    }

    /** Frees space for the most important writes. All others get the failure. */
    private void makeRoom(List<Write> left, SQLException failure) {
        for (Importance importance : Importance.values()) {
            boolean some = left.stream().anyMatch(write -> write.importance() == importance);
            if (some && database.makeRoom(failure, importance)) {
                return;
            }
            refuse(left, importance, failure);
        }
    }

    private static void refuse(List<Write> writes, Importance importance, Exception reason) {
        writes.removeIf(write -> {
            boolean refused = write.importance() == importance;
            if (refused) {
                write.done().completeExceptionally(reason);
            }
            return refused;
        });
    }

    private void commitOnce(List<Write> batch) throws SQLException {
        List<Write> executed = new ArrayList<>(batch.size());
        try {
            transaction.executeUpdate("BEGIN IMMEDIATE");
            for (Write write : batch) {
                transaction.executeUpdate("SAVEPOINT one");
                try {
                    write.statements().execute();
                    executed.add(write);
                } catch (SQLException failure) {
                    if (database.isFull(failure)) {
                        throw failure; // the others would have no space either
                    }
                    undo(failure); // all of it; the others stay
                    write.done().completeExceptionally(failure);
                }
                transaction.executeUpdate("RELEASE one");
            }
            transaction.executeUpdate("COMMIT");
            executed.forEach(write -> write.done().complete(null));
        } catch (SQLException failure) {
            rollBack(failure);
            throw failure;
        }
    }

    /** If SQLite has rolled back the whole transaction by itself, as on a full disk, nothing remains. */
    private void undo(SQLException failure) throws SQLException {
        try {
            transaction.executeUpdate("ROLLBACK TO one");
        } catch (SQLException nothingLeft) {
            failure.addSuppressed(nothingLeft);
            throw failure;
        }
    }

    private void rollBack(SQLException failure) {
        try {
            transaction.executeUpdate("ROLLBACK");
        } catch (SQLException second) {
            failure.addSuppressed(second); // SQLite may have rolled back by itself
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
            connection.close();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (SQLException failure) {
            throw database.failure("close", failure);
        }
    }
}
