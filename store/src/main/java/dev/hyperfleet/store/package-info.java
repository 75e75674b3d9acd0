/**
 * The server's state in one SQLite file. A row is a record of this package whose components are the columns, and stored
 * JSON has such records too, so that no name in core is part of the stored form.
 */
@NullMarked
package dev.hyperfleet.store;

import org.jspecify.annotations.NullMarked;
