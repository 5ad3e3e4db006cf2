"""The executors and what lives on them: actors, their copies, their work, their messages and their recoveries."""
