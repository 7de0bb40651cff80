#! bash
