"""Columns of the rows of ``Scenery``: what each thing that stands in a town is made of.

Colours are red, green, blue, 0..255. Places, lengths and heights are in metres; ``COS`` and ``SIN`` are those of a
heading. Moving cars are rows of boxes, too.
"""

# Kinds of rows, in the order of ``Scenery.tiles``. Trees and details are panels; details are left out far off.
HOUSES, BOXES, TREES, DETAILS, HEADS, ARROWS = range(6)
STANDING_KINDS = 6
TILE = 32.0  # m, edge of a tile

# A house: an upright block. Faces 0 and 2 lie across its heading, before and behind its middle, 1 and 3 beside it, in
# counter-clockwise order. The ridge of its roof runs along faces 0 and 2; those between have gables.
(
    HOUSE_X,
    HOUSE_Y,
    HOUSE_COS,
    HOUSE_SIN,
    HOUSE_HALF_DEPTH,  # from the middle to faces 0 and 2
    HOUSE_HALF_WIDTH,  # from the middle to faces 1 and 3
    HOUSE_HEIGHT,  # of the eaves
    HOUSE_RISE,  # of the ridge over the eaves, 0 for a flat roof
    HOUSE_COLOR,  # 3 columns
) = range(9)
HOUSE_ROOF = 11  # colour, 3 columns
HOUSE_STOREY = 14  # height of a storey, a whole number of which make the height
HOUSE_BAY = 15  # distance between two windows on faces 0 and 2, a whole number of which make the face; then 1 and 3
HOUSE_FRONT = 17  # the face to the street
HOUSE_GROUND = 18  # height of the door, or of the windows of a shop
HOUSE_SHOP = 19  # 1 where the front's ground floor is a shop
HOUSE_HIDDEN = 20  # sum of 1, 2, 4 and 8 for the faces that nobody sees
HOUSE_FIELDS = 21

# A box: a vehicle, or somebody on foot. x and y are those of its middle.
(
    BOX_X,
    BOX_Y,
    BOX_COS,
    BOX_SIN,
    BOX_LENGTH,
    BOX_WIDTH,
    BOX_HEIGHT,
    BOX_COLOR,  # 3 columns
) = range(8)
BOX_SHAPE = 10  # one of those below
BOX_BRAKE = 11  # 1 while it brakes
BOX_FIELDS = 12
CAR, VAN, LORRY, PERSON = range(4)  # shapes; two-wheelers are persons of their length

BAR = -1  # kind of panels in one colour: posts and arms

# A panel: an upright picture that faces its heading, or, where the heading's cosine and sine are 0, the camera.
(
    PANEL_X,  # of the middle of its lower edge
    PANEL_Y,
    PANEL_KIND,  # see camera.sprites
    PANEL_WIDTH,
    PANEL_HEIGHT,
    PANEL_BRIGHTNESS,
    PANEL_FOOT,  # height of the lower edge over the ground
    PANEL_COS,
    PANEL_SIN,
    PANEL_BACK,  # kind that is seen from behind: the same one is seen mirrored
) = range(10)
PANEL_FIELDS = 10

# A signal head. Its colour is that of its group.
HEAD_X, HEAD_Y, HEAD_HEIGHT, HEAD_COS, HEAD_SIN, HEAD_GROUP = range(6)
HEAD_FIELDS = 6

# An arrow on the ground, seen by who drives along its heading; its turns are a sum of the bits below.
ARROW_X, ARROW_Y, ARROW_COS, ARROW_SIN, ARROW_TURNS = range(5)
ARROW_FIELDS = 5
ARROW_LEFT, ARROW_RIGHT, ARROW_STRAIGHT = 1, 2, 4
