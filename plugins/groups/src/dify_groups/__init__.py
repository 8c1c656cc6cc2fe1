"""The seven blueprint groups of the Dify API and their API docs."""
