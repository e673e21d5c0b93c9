-- +goose NO TRANSACTION
-- Rows of the roll-up keep the number of the insert that brought them when parts are merged, so that who has read the parts before need not read the merged one again:
-- the query service keeps such rows in memory. Rows that were merged before have one number for all and are read again once.

-- +goose Up
ALTER TABLE cells_rows {{.OnCluster}} MODIFY SETTING enable_block_number_column = 1;
ALTER TABLE spend_rows {{.OnCluster}} MODIFY SETTING enable_block_number_column = 1;
