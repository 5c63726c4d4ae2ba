DELETE FROM read.parked WHERE projection = $1
